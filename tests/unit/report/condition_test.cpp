#include "radbatch/report/condition.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"

using namespace radbatch;

namespace {

AnalysisData example() {
  AnalysisData data;
  data.unit_ids = {"a", "b", "c", "d"};
  data.covariates = {{"split", {"test", "val", "test", ""}},
                     {"age_years", {"64.5", "70", "", "9"}},
                     {"site name", {"A", "B, 2", "A", "A"}},
                     {"医院", {"协和", "", "协和", "华西"}}};
  return data;
}

std::string where(const std::string& condition) {
  std::string held;
  const AnalysisData data = example();
  const std::vector<std::uint8_t> holds = units_where(data, condition);
  for (std::size_t i = 0; i < data.size(); ++i) held += holds[i] ? data.unit_ids[i] : "";
  return held;
}

std::string fault(const std::string& condition) {
  return test::error_of([&] { where(condition); });
}

}  // namespace

TEST_CASE("text, numbers, lists and missing values") {
  CHECK(where("split==\"test\"") == "ac");
  CHECK(where("split == test and age_years > 9.0") == "a");
  CHECK(where("age_years == 70.0 or age_years < 10") == "bd");
  CHECK(where("\"site name\" in ('B, 2', C)") == "b");
  CHECK(where("split not in (val)") == "acd");
  CHECK(where("医院 == 协和") == "ac");
  CHECK(where("age_years is missing") == "c");
  CHECK(where("split is not missing and not (split == val)") == "ac");
}

TEST_CASE("a missing value meets no comparison, not even an unequal one") {
  CHECK(where("split != val") == "ac");
  CHECK(where("age_years >= 0") == "abd");
}

TEST_CASE("a fault names its place and the nearest column") {
  CHECK(fault("splt==val") ==
        "2: the condition \"splt==val\": character 1, before \"splt==val\": there is no column \"splt\"; did "
        "you mean \"split\"? [known columns: split, age_years, site name, 医院]");
  CHECK(
      fault("split=val") ==
      "2: the condition \"split=val\": character 6, before \"=val\": expected one of == != > >= < <= in, or "
      "\"is missing\" [two signs: ==]");
  CHECK(fault("split in (a") ==
        "2: the condition \"split in (a\": character 12, at the end: expected \",\" or \")\"");
  CHECK(fault("split > 3") ==
        "2: the condition \"split > 3\" compares column \"split\" with a number, but the column holds none "
        "[text "
        "is compared with text in quotes: split==\"...\"]");
}

TEST_CASE("the compared columns are told") {
  CHECK(columns_of_condition(example(), "age_years>3 or split==val") ==
        std::vector<std::string>{"age_years", "split"});
}
