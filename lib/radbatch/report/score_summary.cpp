#include "radbatch/report/score_summary.hpp"

#include <algorithm>
#include <cmath>

namespace radbatch {
namespace {

constexpr std::size_t n_bins = 20;

/// [0, 1], or wider when a score lies outside: the same for all findings, so that they compare.
std::pair<double, double> score_range(const RunData& run) {
  double low = 0;
  double high = 1;
  for (const std::vector<double>& scores : run.scores) {
    for (const double score : scores) {
      if (std::isnan(score)) continue;
      low = std::min(low, score);
      high = std::max(high, score);
    }
  }
  return {low, high};
}

/// The median by selection: a million scores are not sorted for three numbers.
ScoreSummary summary_of(std::vector<double> scores) {
  ScoreSummary summary;
  summary.n = scores.size();
  if (scores.empty()) return summary;
  const auto [lowest, highest] = std::ranges::minmax(scores);
  summary.minimum = lowest;
  summary.maximum = highest;
  const auto middle = scores.begin() + static_cast<std::ptrdiff_t>(scores.size() / 2);
  std::ranges::nth_element(scores, middle);
  summary.median = *middle;
  if (scores.size() % 2 == 0) summary.median = (*middle + *std::max_element(scores.begin(), middle)) / 2;
  return summary;
}

std::vector<double> known(const std::vector<double>& scores) {
  std::vector<double> result;
  std::ranges::copy_if(scores, std::back_inserter(result), [](double score) { return !std::isnan(score); });
  return result;
}

bool has_answers(const AnalysisData& data) {
  return data.kind == TruthKind::findings || data.kind == TruthKind::classes ||
         data.kind == TruthKind::ordinal;
}

}  // namespace

std::vector<ScoreSummary> summarize_scores(const RunData& run, const AnalysisData& data) {
  const auto [low, high] = score_range(run);
  std::vector<ScoreSummary> summaries;
  for (std::size_t finding = 0; finding < run.findings.size(); ++finding) {
    const std::vector<double> all = known(run.scores[finding]);
    ScoreSummary summary = summary_of(all);
    summary.finding = finding;
    if (has_answers(data) && !data.raters.empty()) {
      const JudgedUnits judged = judged_units(data, data.raters.front(), finding);
      std::vector<double> with, without;
      for (std::size_t i = 0; i < judged.scores.size(); ++i)
        (judged.positive[i] ? with : without).push_back(judged.scores[i]);
      summary.up = histogram(with, low, high, n_bins);
      summary.down = histogram(without, low, high, n_bins);
    } else {
      summary.up = histogram(all, low, high, n_bins);
    }
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace radbatch
