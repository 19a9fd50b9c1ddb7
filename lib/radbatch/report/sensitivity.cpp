#include "radbatch/report/sensitivity.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "radbatch/report/paired_units.hpp"
#include "radbatch/stats/auroc.hpp"
#include "radbatch/stats/distribution_shift.hpp"
#include "radbatch/stats/proportion.hpp"

namespace radbatch {
namespace {

/// Smallest and largest score of one unit over all raters; missing when one has none.
std::optional<double> score_range(const AnalysisData& data, const std::vector<std::size_t>& raters,
                                  std::size_t finding, std::size_t unit) {
  double low = INFINITY;
  double high = -INFINITY;
  for (const std::size_t rater : raters) {
    const double score = score_of(data.raters[rater], finding, unit);
    if (!std::isfinite(score)) return std::nullopt;
    low = std::min(low, score);
    high = std::max(high, score);
  }
  return high - low;
}

/// [rater] its call; empty when one has none.
std::vector<Answer> calls_of(const AnalysisData& data, const std::vector<std::size_t>& raters,
                             std::size_t finding, std::size_t unit) {
  std::vector<Answer> calls;
  for (const std::size_t rater : raters) {
    calls.push_back(call_of(data, data.raters[rater], finding, unit));
    if (calls.back() == Answer::unknown) return {};
  }
  return calls;
}

Estimate share_of_patients(const PartContext& context, const std::vector<std::uint32_t>& called,
                           const std::vector<std::uint32_t>& unstable) {
  if (called.empty()) return {{}, {}, 0, 0, "no case was called by all"};
  if (!context.data.is_clustered())
    return proportion_estimate(unstable.size(), called.size(), ProportionInterval::wilson, context.level);
  std::map<std::uint32_t, ClusterShare> patients;
  for (const std::uint32_t unit : called) patients[context.data.cluster[unit]].n += 1;
  for (const std::uint32_t unit : unstable) patients[context.data.cluster[unit]].successes += 1;
  std::vector<ClusterShare> shares;
  for (const auto& [cluster, share] : patients) shares.push_back(share);
  return clustered_proportion(shares, ProportionInterval::wilson, context.level);
}

/// On the same units for all, so that the range is of the preparation and not of the cases.
std::vector<Estimate> areas(const PartContext& context, const std::vector<std::size_t>& raters,
                            std::size_t finding, const std::vector<std::uint8_t>& scored_by_all) {
  const AnalysisData& data = context.data;
  std::vector<Estimate> estimates;
  if (data.kind == TruthKind::none || data.kind == TruthKind::continuous) return estimates;
  for (const std::size_t rater : raters) {
    const JudgedUnits units = judged_units(data, data.raters[rater], finding, scored_by_all);
    const RankedScores ranked = rank_scores(units.scores, units.positive);
    const Auroc area = data.is_clustered()
                           ? clustered_auroc(ranked, units.cluster, data.n_clusters, context.level)
                           : auroc(ranked, context.level);
    estimates.push_back({area.value, area.interval, units.unit.size(), units.n_positive, area.why_not});
  }
  return estimates;
}

SensitivityNumbers numbers_of(const PartContext& context, const std::vector<std::size_t>& raters,
                              std::size_t finding) {
  const AnalysisData& data = context.data;
  SensitivityNumbers numbers;
  numbers.finding = finding;
  numbers.flips.resize(raters.size() - 1);
  std::vector<double> ranges;
  std::vector<std::uint32_t> called;
  std::vector<std::pair<double, std::uint32_t>> unstable;
  std::vector<std::uint8_t> scored(data.size(), 0);
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    if (!data.is_test[unit]) continue;
    const std::optional<double> range = score_range(data, raters, finding, unit);
    if (range) ranges.push_back(*range);
    scored[unit] = range ? 1 : 0;
    const std::vector<Answer> calls = calls_of(data, raters, finding, unit);
    if (calls.empty()) continue;
    called.push_back(static_cast<std::uint32_t>(unit));
    for (std::size_t v = 1; v < calls.size(); ++v) numbers.flips[v - 1] += calls[v] != calls[0] ? 1U : 0U;
    if (std::ranges::any_of(calls, [&](Answer call) { return call != calls.front(); }))
      unstable.emplace_back(-range.value_or(0), called.back());
  }
  std::ranges::sort(unstable);
  for (const auto& [range, unit] : unstable) numbers.unstable.push_back(unit);
  numbers.n = ranges.size();
  numbers.n_called = called.size();
  numbers.unstable_share = share_of_patients(context, called, numbers.unstable);
  if (!ranges.empty()) {
    std::ranges::sort(ranges);
    numbers.range_median = sorted_quantile(ranges, 0.5);
    numbers.range_p95 = sorted_quantile(ranges, 0.95);
    numbers.range_largest = ranges.back();
  }
  numbers.auroc = areas(context, raters, finding, scored);
  return numbers;
}

}  // namespace

std::vector<SensitivityNumbers> sensitivity_numbers(const PartContext& context,
                                                    const std::vector<std::size_t>& variants) {
  std::vector<std::size_t> raters{0};
  raters.insert(raters.end(), variants.begin(), variants.end());
  std::vector<SensitivityNumbers> all;
  for (std::size_t finding = 0; finding < context.data.findings.size(); ++finding)
    all.push_back(numbers_of(context, raters, finding));
  return all;
}

}  // namespace radbatch
