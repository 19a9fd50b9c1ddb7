#include "radbatch/unicode/pattern.hpp"

#include <doctest/doctest.h>

#include <chrono>

#include "error_text.hpp"

using namespace radbatch;
using namespace radbatch::test;

TEST_CASE("patterns ignore case unless told otherwise, and read NFKC") {
  CHECK(Pattern("bone|骨", "x").occurs_in("Head BONE 1mm"));
  CHECK(Pattern("bone|骨", "x").occurs_in("头 骨窗"));
  CHECK(Pattern("lung", "x").occurs_in("ＬＵＮＧ"));
  CHECK_FALSE(Pattern("bone", "x", LetterCase::distinguish).occurs_in("BONE"));
}

TEST_CASE("named groups in either spelling") {
  const auto groups = Pattern(R"((?<case>.+)_(?P<input>t1|t1c)\.nii\.gz)", "x").groups_of("a/b_t1c.nii.gz");
  CHECK(groups == std::map<std::string, std::string>{{"case", "a/b"}, {"input", "t1c"}});
  CHECK(Pattern("(?<case>.+)_x", "x").groups_of("b_y").empty());
  CHECK(Pattern(R"(\(?<case>)", "x").group_names().empty());
}

TEST_CASE("a file name that is not UTF-8 still matches") {
  CHECK(Pattern("(?<case>.+)_t1", "x").groups_of("\xd5\xc5_t1").at("case") == "\xd5\xc5");
}

TEST_CASE("a wrong expression is named") {
  CHECK(error_of([] { Pattern("(a", "rules.json: matches"); }) ==
        "2: rules.json: matches: the expression '(a' is wrong: missing ): (a [the syntax is that of RE2: no "
        "look-ahead (?=, (?! and no back references \\1]");
  CHECK(error_of([] { Pattern("a(?!b)", "--group"); }).find("the expression 'a(?!b)' is wrong") !=
        std::string::npos);
}

TEST_CASE("no expression can hang a run") {
  const auto start = std::chrono::steady_clock::now();
  std::string text(20000, 'a');
  text.push_back('c');
  CHECK_FALSE(Pattern("(a+)+(b+)+$", "x").occurs_in(text));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
}
