#include "radbatch/report/html.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "radbatch/report/part.hpp"

using namespace radbatch;
using namespace radbatch::html;

TEST_CASE("nothing that could be markup survives") {
  CHECK(escape("<a href=\"x\" b='y'>&</a>") == "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;&lt;/a&gt;");
  CHECK(escape("肺结节\n") == "肺结节\n");
}

TEST_CASE("control and direction characters become visible") {
  CHECK(escape("a\x1B[31m\x7F") == "a\uFFFD[31m\uFFFD");
  CHECK(escape("a\u202Eb\u2066c\u2022") == "a\uFFFDb\uFFFDc\u2022");
}

TEST_CASE("numbers for people") {
  CHECK(grouped(999) == "999");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(percent(0.1234) == "12.3\u00A0%");
  CHECK(fixed(0.98765, 3) == "0.988");
}

TEST_CASE("the page begins with a way past its head and says its language") {
  const std::string page = document("t", "", "<main id=\"main\"></main>", "zh-Hans", "跳到正文");
  CHECK(page.starts_with("<!DOCTYPE html>\n<html lang=\"zh-Hans\">"));
  CHECK(page.find("<body>\n<a class=\"skip\" href=\"#main\">跳到正文</a>\n<main") != std::string::npos);
}

TEST_CASE("a table has its name and the heads of its rows") {
  const ReportTable made{"t", "By \"site\"", {"Site", "n"}, {{"<A>", "3"}}, {false, true}, ""};
  CHECK(
      html_table(made) ==
      "<div class=\"scroll\"><table aria-label=\"By &quot;site&quot;\"><thead><tr><th scope=\"col\">Site</th>"
      "<th scope=\"col\" class=\"num\">n</th></tr></thead><tbody><tr><th scope=\"row\">&lt;A&gt;</th>"
      "<td class=\"num\">3</td></tr></tbody></table></div>");
}

TEST_CASE("estimates are written with their intervals, and no NaN") {
  Estimate estimate;
  CHECK(estimate_text(estimate) == "–");
  estimate.value = 1.5;
  CHECK(estimate_text(estimate, 1) == "1.5");
  estimate.interval = Interval{0.5, std::numeric_limits<double>::infinity(), 0.95, "log scale"};
  CHECK(estimate_text(estimate, 1) == "1.5 (0.5–∞)");
  estimate.interval->low = -0.5;
  CHECK(estimate_text(estimate, 1) == "1.5 (-0.5 to ∞)");
  estimate.value = std::numeric_limits<double>::quiet_NaN();
  CHECK(estimate_text(estimate) == "–");
}
