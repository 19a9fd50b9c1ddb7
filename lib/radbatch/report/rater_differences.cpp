#include "radbatch/report/rater_differences.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "radbatch/report/resampled_differences.hpp"
#include "radbatch/stats/auroc.hpp"
#include "radbatch/stats/multiplicity.hpp"

namespace radbatch {
namespace {

/// A reader who only says yes or no has one point and no curve.
bool has_grades(const Rater& rater, const std::vector<double>& scores) {
  if (!rater.is_reader) return true;
  std::vector<double> distinct(scores.begin(), scores.end());
  std::ranges::sort(distinct);
  distinct.erase(std::ranges::unique(distinct).begin(), distinct.end());
  return distinct.size() > 2;
}

std::optional<RaterDifference> auroc_difference(const PartContext& context, RaterPair pair,
                                                std::size_t finding) {
  const AnalysisData& data = context.data;
  const PairedScores units = paired_scores(data, pair, finding, true);
  if (units.unit.empty() || !has_grades(data.raters[pair.first], units.first) ||
      !has_grades(data.raters[pair.second], units.second))
    return std::nullopt;
  RaterDifference row{pair, finding, "auroc", "AUROC", {}, {}, {}, {}};
  const std::vector<std::vector<double>> scores{units.first, units.second};
  const bool clustered = data.is_clustered();
  const PairedAuroc areas =
      paired_auroc(scores, units.positive, clustered ? units.cluster : std::vector<std::uint32_t>{});
  if (!areas.values.empty()) {
    row.first = areas.values[0];
    row.second = areas.values[1];
    row.difference.estimate.value = areas.values[0] - areas.values[1];
  }
  if (areas.covariance.empty()) {
    row.difference.estimate.why_not = areas.why_not;
  } else {
    const auto& c = areas.covariance;
    // Two scores that rank alike leave rounding of either sign.
    const double variance = c[0][0] + c[1][1] - 2 * c[0][1];
    const double error = variance > 1e-14 * (c[0][0] + c[1][1]) ? std::sqrt(variance) : 0;
    row.difference =
        normal_difference(*row.difference.estimate.value, error, context.level,
                          clustered ? "DeLong, clustered by patient (Obuchowski 1997)" : "DeLong, paired",
                          "the difference has no variance: the two rank alike, or both perfectly");
    row.difference.test = clustered ? "DeLong, clustered by patient" : "DeLong, paired";
  }
  row.difference.estimate.n = units.unit.size();
  row.difference.estimate.n_positive = units.n_positive;
  return row;
}

/// The share of units that a rater calls rightly, among those with the finding (1), without (0) or all.
RaterDifference share_difference(const PartContext& context, const PairedCalls& units, RaterPair pair,
                                 std::optional<std::size_t> finding, std::optional<bool> among,
                                 const std::string& metric, const std::string& title) {
  RaterDifference row{pair, finding, metric, title, {}, {}, {}, {}};
  PairedCounts right;
  std::vector<double> apart;
  std::vector<std::uint32_t> cluster;
  for (std::size_t i = 0; i < units.unit.size(); ++i) {
    if (among && units.positive[i] != *among) continue;
    const bool first = units.first[i] == units.positive[i];
    const bool second = units.second[i] == units.positive[i];
    right.add(first, second);
    apart.push_back(static_cast<double>(first) - static_cast<double>(second));
    cluster.push_back(units.cluster[i]);
  }
  row.difference = context.data.is_clustered() ? clustered_paired(apart, cluster, context.level)
                                               : paired_shares(right, context.level);
  row.difference.estimate.n_positive = units.n_positive;
  if (right.total() == 0) {
    row.difference.estimate.why_not =
        among.value_or(true) ? "no case has the finding" : "every case has the finding";
    return row;
  }
  const double n = static_cast<double>(right.total());
  row.first = static_cast<double>(right.both + right.only_first) / n;
  row.second = static_cast<double>(right.both + right.only_second) / n;
  return row;
}

/// Of raters that call one class per unit: the share of right calls.
std::optional<RaterDifference> class_accuracy(const PartContext& context, RaterPair pair) {
  const AnalysisData& data = context.data;
  const std::vector<std::int32_t>& a = data.raters[pair.first].top;
  const std::vector<std::int32_t>& b = data.raters[pair.second].top;
  if (data.true_class.empty() || a.empty() || b.empty()) return std::nullopt;
  PairedCalls right;  // "positive" is always true: a call counts as yes when it is right
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    if (!data.is_test[unit] || data.true_class[unit] < 0 || a[unit] < 0 || b[unit] < 0) continue;
    right.unit.push_back(static_cast<std::uint32_t>(unit));
    right.first.push_back(a[unit] == data.true_class[unit]);
    right.second.push_back(b[unit] == data.true_class[unit]);
    right.positive.push_back(true);
    right.cluster.push_back(data.cluster[unit]);
  }
  if (right.unit.empty()) return std::nullopt;
  return share_difference(context, right, pair, std::nullopt, std::nullopt, "accuracy", "Accuracy");
}

/// Of predicted numbers: the mean absolute error.
std::optional<RaterDifference> error_difference(const PartContext& context, RaterPair pair,
                                                std::size_t finding) {
  const AnalysisData& data = context.data;
  const PairedScores units = paired_scores(data, pair, finding, false);
  RaterDifference row{pair, finding, "mae", "Mean absolute error", {}, {}, {}, {}};
  std::vector<double> apart;
  std::vector<std::uint32_t> cluster;
  double sums[2] = {0, 0};
  for (std::size_t i = 0; i < units.unit.size(); ++i) {
    const double truth = data.true_value[finding][units.unit[i]];
    if (!std::isfinite(truth)) continue;
    const double first = std::abs(units.first[i] - truth);
    const double second = std::abs(units.second[i] - truth);
    sums[0] += first;
    sums[1] += second;
    apart.push_back(first - second);
    cluster.push_back(units.cluster[i]);
  }
  if (apart.empty()) return std::nullopt;
  row.first = sums[0] / static_cast<double>(apart.size());
  row.second = sums[1] / static_cast<double>(apart.size());
  row.difference = clustered_mean(apart, cluster, context.level);
  return row;
}

void add_finding(std::vector<RaterDifference>& rows, const PartContext& context, RaterPair pair,
                 std::size_t finding) {
  if (auto row = auroc_difference(context, pair, finding)) rows.push_back(std::move(*row));
  const PairedCalls calls = paired_calls(context.data, pair, finding, true);
  if (!calls.unit.empty()) {
    rows.push_back(share_difference(context, calls, pair, finding, true, "sensitivity", "Sensitivity"));
    rows.push_back(share_difference(context, calls, pair, finding, false, "specificity", "Specificity"));
  }
  for (RaterDifference& row : resampled_differences(context, pair, finding, calls))
    rows.push_back(std::move(row));
}

void adjust(std::vector<RaterDifference>& rows) {
  std::map<std::string, std::vector<std::size_t>> by_metric;
  for (std::size_t i = 0; i < rows.size(); ++i) by_metric[rows[i].metric].push_back(i);
  for (const auto& [metric, members] : by_metric) {
    std::vector<std::optional<double>> p;
    for (const std::size_t i : members) p.push_back(rows[i].difference.p);
    const auto adjusted = holm(p);
    for (std::size_t k = 0; k < members.size(); ++k) rows[members[k]].adjusted_p = adjusted[k];
  }
}

}  // namespace

bool is_bootstrapped(const RaterDifference& row) {
  return row.difference.test.starts_with("bootstrap");
}

std::vector<RaterDifference> rater_differences(const PartContext& context,
                                               const std::vector<RaterPair>& pairs) {
  std::vector<RaterDifference> rows;
  const AnalysisData& data = context.data;
  if (data.kind == TruthKind::none) return rows;
  for (const RaterPair pair : pairs) {
    if (auto row = class_accuracy(context, pair)) rows.push_back(std::move(*row));
    for (std::size_t finding = 0; finding < data.findings.size(); ++finding) {
      if (data.kind != TruthKind::continuous) add_finding(rows, context, pair, finding);
      if (data.kind != TruthKind::continuous || finding >= data.true_value.size()) continue;
      if (auto row = error_difference(context, pair, finding)) rows.push_back(std::move(*row));
    }
    if (auto row = macro_auroc_difference(context, pair)) rows.push_back(std::move(*row));
  }
  adjust(rows);
  return rows;
}

}  // namespace radbatch
