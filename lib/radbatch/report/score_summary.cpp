#include "radbatch/report/score_summary.hpp"

#include <algorithm>

namespace radbatch {
namespace {

constexpr std::size_t n_bins = 20;

/// [0, 1], or wider when a score lies outside: the same for all findings, so that they compare.
std::pair<double, double> score_range(const RunData& run) {
  double low = 0;
  double high = 1;
  for (const CaseRow& row : run.cases) {
    for (const auto& score : row.scores) {
      if (!score) continue;
      low = std::min(low, *score);
      high = std::max(high, *score);
    }
  }
  return {low, high};
}

ScoreSummary summary_of(std::vector<double> scores) {
  ScoreSummary summary;
  summary.n = scores.size();
  if (scores.empty()) return summary;
  std::ranges::sort(scores);
  const std::size_t middle = scores.size() / 2;
  summary.minimum = scores.front();
  summary.maximum = scores.back();
  summary.median = scores.size() % 2 == 1 ? scores[middle] : (scores[middle - 1] + scores[middle]) / 2;
  return summary;
}

}  // namespace

std::vector<ScoreSummary> summarize_scores(const RunData& run, const std::optional<Evaluation>& evaluation) {
  const auto [low, high] = score_range(run);
  std::vector<ScoreSummary> summaries;
  for (std::size_t finding = 0; finding < run.findings.size(); ++finding) {
    std::vector<double> all, with, without;
    for (std::size_t i = 0; i < run.cases.size(); ++i) {
      if (run.cases[i].scores.empty() || !run.cases[i].scores[finding]) continue;
      const double score = *run.cases[i].scores[finding];
      all.push_back(score);
      if (!evaluation || evaluation->truth[i].empty() || !evaluation->truth[i][finding]) continue;
      (*evaluation->truth[i][finding] ? with : without).push_back(score);
    }
    ScoreSummary summary = summary_of(all);
    summary.finding = finding;
    summary.up = histogram(evaluation ? with : all, low, high, n_bins);
    if (evaluation) summary.down = histogram(without, low, high, n_bins);
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace radbatch
