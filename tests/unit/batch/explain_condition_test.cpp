#include "radbatch/batch/explain_condition.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"

using namespace radbatch;

namespace {

const std::vector<std::string> known{"p_tumour", "p_normal", "d_tumour", "top"};
const Json result = {
    {"p_tumour", 0.7}, {"p_normal", 0.3}, {"d_tumour", 1}, {"top", "Tumour, left"}, {"odd", nullptr}};

bool holds(const std::string& text, bool is_top = false) {
  return parse_explain_condition(text, known).holds(result, is_top);
}

std::string fault(const std::string& text) {
  return test::error_of([&] { parse_explain_condition(text, known); });
}

}  // namespace

TEST_CASE("numbers are compared") {
  CHECK(holds("p_tumour>0.5"));
  CHECK(holds("p_tumour >= 0.7"));
  CHECK(holds("d_tumour==1"));
  CHECK(holds("p_normal != 3e-1") == false);
  CHECK(holds("p_normal < .2") == false);
  CHECK(holds("p_normal <= +1") == false);  // from_chars knows no plus
}

TEST_CASE("and binds closer than or, not closer than both, brackets closest") {
  CHECK(holds("p_tumour > 0.5 or p_tumour > 0.9 and p_tumour > 0.9"));
  CHECK_FALSE(holds("(p_tumour > 0.5 or p_tumour > 0.9) and p_tumour > 0.9"));
  CHECK(holds("not p_tumour > 0.9 and d_tumour == 1"));
  CHECK_FALSE(holds("NOT (p_tumour > 0.9 OR d_tumour == 1)"));
}

TEST_CASE("the column of names takes text, in quotes where it has blanks") {
  CHECK(holds("top == 'Tumour, left'"));
  CHECK(holds("top == \"Tumour, left\" and p_tumour > 0"));
  CHECK(holds("top != Hand"));
  CHECK_FALSE(holds("top == Hand"));
}

TEST_CASE("all and top stand alone") {
  CHECK(holds("all"));
  CHECK_FALSE(holds("top"));
  CHECK(holds("top and p_tumour > 0.5", true));
}

TEST_CASE("a case without the value meets nothing") {
  const ExplainCondition condition = parse_explain_condition("p_tumour > 0", known);
  CHECK_FALSE(condition.holds(Json::object(), true));
  CHECK_FALSE(condition.holds({{"p_tumour", nullptr}}, true));
}

TEST_CASE("the compared columns are told") {
  CHECK(parse_explain_condition("p_normal < 1 and (d_tumour == 1)", known).columns() ==
        std::vector<std::string>{"p_normal", "d_tumour"});
}

TEST_CASE("a fault shows its place and what was expected there") {
  CHECK(fault("p_tumor>0.5") ==
        "2: --explain \"p_tumor>0.5\": character 1, before \"p_tumor>0.5\": the model has no column "
        "\"p_tumor\"; did you "
        "mean \"p_tumour\"? [known columns: p_tumour, p_normal, d_tumour, top]");
  CHECK(fault("p_tumour=0.5") ==
        "2: --explain \"p_tumour=0.5\": character 9, before \"=0.5\": expected one of == != > >= < "
        "<= in, or \"is missing\" [two signs: ==]");
  CHECK(fault("p_tumour >") ==
        "2: --explain \"p_tumour >\": character 11, at the end: expected a number or a text");
  CHECK(fault("(all") == "2: --explain \"(all\": character 5, at the end: expected \")\"");
  CHECK(fault("all all") ==
        "2: --explain \"all all\": character 5, before \"all\": expected \"and\", \"or\" or the end");
  CHECK(fault("top == 'x") ==
        "2: --explain \"top == 'x\": character 8, before \"'x\": the quote is not closed");
  CHECK(
      fault("") ==
      "2: --explain \"\": character 1, at the end: expected a column, all, top, not or \"(\" [known columns: "
      "p_tumour, p_normal, d_tumour, top]");
  CHECK(fault(std::string(5000, '(')).find("too many levels") != std::string::npos);
}
