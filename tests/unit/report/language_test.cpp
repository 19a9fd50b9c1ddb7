#include "radbatch/report/language.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

using namespace radbatch;

TEST_CASE("headings are in the language, or as they are") {
  CHECK(Language("zh")("Sensitivity") == "灵敏度");
  CHECK(Language("zh")("ROC curve") == "受试者工作特征曲线");
  CHECK(Language("zh")("no such heading") == "no such heading");
  CHECK(Language()("Sensitivity") == "Sensitivity");
  CHECK(Language("zh").code() == "zh-Hans");
  CHECK_THROWS_WITH_AS(Language("fr"), "'fr' is no language of the report", Error);
}

TEST_CASE("the catalogue has each English once and says each in Chinese") {
  std::vector<std::string_view> english;
  for (const auto& [from, to] : chinese_words()) {
    english.push_back(from);
    CHECK_FALSE(to.empty());
    CHECK(is_utf8(to));
  }
  std::ranges::sort(english);
  CHECK(std::ranges::adjacent_find(english) == english.end());
}
