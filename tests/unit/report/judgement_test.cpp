#include "radbatch/report/judgement.hpp"

#include <doctest/doctest.h>

#include "small_study.hpp"

using namespace radbatch;

namespace {

std::vector<std::uint32_t> units(const AnalysisData& data, Judgement judgement, std::size_t finding = 0) {
  std::vector<std::uint32_t> result;
  for (const JudgedCase& one : cases_judged(data, finding, judgement).shown) result.push_back(one.unit);
  return result;
}

}  // namespace

TEST_CASE("the most confident come first") {
  const AnalysisData data = small_study();
  CHECK(units(data, Judgement::false_positive) == std::vector<std::uint32_t>{3});
  CHECK(units(data, Judgement::false_negative) == std::vector<std::uint32_t>{4});
  CHECK(units(data, Judgement::true_positive) == std::vector<std::uint32_t>{5, 6});
  CHECK(units(data, Judgement::true_negative) == std::vector<std::uint32_t>{0, 2, 1});
}

TEST_CASE("of many the first few are shown, and all are counted") {
  const JudgedCases judged = cases_judged(small_study(), 0, Judgement::true_negative, 1);
  CHECK(judged.n == 3);
  CHECK(judged.shown.size() == 1);
  CHECK(judged.shown[0].unit == 0);
}

TEST_CASE("other splits, unknown truth and missing decisions are not judged") {
  AnalysisData data = small_study();
  data.is_test[3] = 0;
  CHECK(units(data, Judgement::false_positive).empty());
  CHECK(units(data, Judgement::true_negative, 1).size() == 6);
  data.raters.clear();
  CHECK(units(data, Judgement::true_negative).empty());
}

TEST_CASE("of classes the one that the model named decides") {
  AnalysisData data = small_study();
  data.kind = TruthKind::classes;
  data.raters[0].top = {1, 1, 1, 1, 1, 0, 0, -1};
  CHECK(units(data, Judgement::false_negative) == std::vector<std::uint32_t>{4});
  CHECK(units(data, Judgement::false_positive).empty());
}
