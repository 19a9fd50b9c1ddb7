#include "radbatch/report/case_lists.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/atomic_file.hpp"
#include "small_study.hpp"

using namespace radbatch;

TEST_CASE("a list shows its first cases, and its file has them all") {
  const AnalysisData data = small_study();
  const Language lang;
  const std::vector<CaseList> lists{{"a-list", "A <list>", {1, 3, 5}}};
  const std::string html = case_lists_html({.data = data, .lang = lang}, lists, 2, "lists/");
  CHECK(html.find("<div id=\"list-a-list\">") != std::string::npos);
  CHECK(html.find("A &lt;list&gt; <span class=\"soft\">3</span>") != std::string::npos);
  CHECK(html.find("<li><code>u3</code></li></ul>") != std::string::npos);
  CHECK(html.find("The first 2 are shown; all are in <code>lists/a-list.csv</code>") != std::string::npos);

  const auto folder = std::filesystem::temp_directory_path() / "radbatch-unit-report-lists";
  std::filesystem::remove_all(folder);
  write_case_lists(data, lists, folder);
  CHECK(read_file(folder / "a-list.csv") == "case_id\nu1\nu3\nu5\n");
}

TEST_CASE("a link to a list that is not there becomes its words") {
  const std::vector<CaseList> lists{{"here", "", {0}}};
  CHECK(without_dead_links("<a href=\"#list-here\">1</a> and <a href=\"#list-gone\">0</a>.", lists) ==
        "<a href=\"#list-here\">1</a> and 0.");
  CHECK(without_dead_links("<a href=\"#list-", lists) == "<a href=\"#list-");
}
