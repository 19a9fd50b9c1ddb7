#include <doctest/doctest.h>

#include "example_analysis.hpp"
#include "radbatch/report/sensitivity.hpp"

using namespace radbatch;

namespace {

/// The model, and the same scores lowered by 0.02 and by 0.1.
AnalysisData with_variants(std::size_t n) {
  AnalysisData data = make_analysis(n);
  for (const double lower : {0.02, 0.1}) {
    Rater variant = data.raters.front();
    variant.name = "lower by " + std::to_string(lower).substr(0, 4);
    variant.is_variant = true;
    for (std::size_t f = 0; f < 2; ++f) {
      for (std::size_t i = 0; i < n; ++i) {
        variant.scores[f][i] -= lower;
        variant.decisions[f][i] = variant.scores[f][i] >= 0.5 ? Answer::yes : Answer::no;
      }
    }
    data.raters.push_back(variant);
  }
  return data;
}

}  // namespace

TEST_CASE("calls that flip are counted per preparation, and a case once") {
  const AnalysisData data = with_variants(200);
  const Language lang;
  const SensitivityNumbers numbers = sensitivity_numbers(context_of(data, lang), {1, 2})[0];
  std::size_t near = 0;
  std::size_t far = 0;
  for (const double score : data.raters[0].scores[0]) {
    near += score >= 0.5 && score - 0.02 < 0.5 ? 1U : 0U;
    far += score >= 0.5 && score - 0.1 < 0.5 ? 1U : 0U;
  }
  CHECK(numbers.flips == std::vector<std::size_t>{near, far});
  CHECK(numbers.unstable.size() == far);
  CHECK(*numbers.unstable_share.value == doctest::Approx(static_cast<double>(far) / 200));
  CHECK(*numbers.range_median == doctest::Approx(0.1));
  CHECK(*numbers.auroc[0].value == doctest::Approx(*numbers.auroc[2].value).epsilon(0.01));
}

TEST_CASE("a case that one preparation lost does not count, and areas stand on the same cases") {
  AnalysisData data = with_variants(200);
  for (std::size_t i = 0; i < 50; ++i) {
    data.raters[2].scores[0][i] = std::nan("");
    data.raters[2].decisions[0][i] = Answer::unknown;
  }
  const Language lang;
  const SensitivityNumbers numbers = sensitivity_numbers(context_of(data, lang), {1, 2})[0];
  CHECK(numbers.n == 150);
  CHECK(numbers.n_called == 150);
  CHECK(numbers.auroc[0].n == 150);
  CHECK(numbers.auroc[1].n == 150);
}

TEST_CASE("the part: a line per finding, the cases that flip one by one, every number in report.json") {
  const AnalysisData data = with_variants(300);
  const Language lang;
  const ReportPart part = sensitivity_part(context_of(data, lang), {});
  check_part(part);
  CHECK(part.tables.size() == 3);
  CHECK(part.tables[1].rows[0].back().ends_with(" *"));
  CHECK(part.lists.size() == 2);
  CHECK(part.numbers["findings"][0]["flips"].size() == 2);
}

TEST_CASE("other preparations of nothing, of one, without labels and without scores are said in words") {
  const Language lang;
  for (const std::size_t n : {0, 1, 2}) check_part(sensitivity_part(context_of(with_variants(n), lang), {}));
  AnalysisData unlabelled = with_variants(40);
  unlabelled.kind = TruthKind::none;
  unlabelled.truth.clear();
  check_part(sensitivity_part(context_of(unlabelled, lang), {}));
  AnalysisData silent = with_variants(40);
  for (auto& scores : silent.raters[1].scores) std::ranges::fill(scores, std::nan(""));
  for (auto& decisions : silent.raters[1].decisions) std::ranges::fill(decisions, Answer::unknown);
  check_part(sensitivity_part(context_of(silent, lang), {}));
  AnalysisData clustered = with_variants(90);
  cluster_by(clustered, 3);
  check_part(sensitivity_part(context_of(clustered, lang), {}));
  CHECK(sensitivity_part(context_of(make_analysis(40), lang), {}).html.empty());
}
