#include "radbatch/report/resampled_differences.hpp"

#include <array>
#include <limits>
#include <utility>

#include "radbatch/stats/binary_metrics.hpp"
#include "radbatch/stats/bootstrap.hpp"
#include "radbatch/stats/weighted_metrics.hpp"

namespace radbatch {
namespace {

constexpr double NONE = std::numeric_limits<double>::quiet_NaN();

constexpr std::array RESAMPLED{BinaryMetric::precision, BinaryMetric::negative_predictive_value,
                               BinaryMetric::f1, BinaryMetric::balanced_accuracy, BinaryMetric::mcc};

BootstrapPlan plan_of(const PartContext& context) {
  BootstrapPlan plan;
  plan.n_resamples = context.n_bootstrap;
  plan.seed = context.seed;
  plan.threads = context.threads;
  plan.level = context.level;
  plan.drawn = context.data.has_patients ? "patients" : "cases";
  return plan;
}

Difference as_difference(const Bootstrapped& drawn, std::size_t n, std::size_t n_positive) {
  Difference result;
  result.estimate = {drawn.value, drawn.interval, n, n_positive, drawn.why_not};
  result.standard_error = drawn.standard_error;
  if (drawn.interval) result.p = drawn.p_zero;
  result.test = "bootstrap";
  return result;
}

/// The cells are truth, first and second call as bits 4, 2 and 1.
TableCounts table_of(std::span<const double> cells, bool second) {
  TableCounts table;
  for (std::size_t cell = 0; cell < 8; ++cell) {
    const bool called = (cell & (second ? 1U : 2U)) != 0;
    double& count = (cell & 4U) != 0 ? (called ? table.true_positive : table.false_negative)
                                     : (called ? table.false_positive : table.true_negative);
    count += cells[cell];
  }
  return table;
}

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::vector<RaterDifference> call_differences(const PartContext& context, RaterPair pair, std::size_t finding,
                                              const PairedCalls& calls) {
  CellUnits units{{}, calls.cluster, 8};
  std::array<double, 8> observed{};
  for (std::size_t i = 0; i < calls.unit.size(); ++i) {
    units.cell.push_back((calls.positive[i] ? 4U : 0U) + (calls.first[i] ? 2U : 0U) +
                         (calls.second[i] ? 1U : 0U));
    ++observed[units.cell.back()];
  }
  const auto drawn = bootstrap_cells(
      plan_of(context), units, RESAMPLED.size(), [](std::span<const double> cells, std::span<double> values) {
        const TableCounts first = table_of(cells, false);
        const TableCounts second = table_of(cells, true);
        for (std::size_t m = 0; m < RESAMPLED.size(); ++m)
          values[m] = value_of(RESAMPLED[m], first) - value_of(RESAMPLED[m], second);
      });
  std::vector<RaterDifference> rows;
  for (std::size_t m = 0; m < RESAMPLED.size(); ++m) {
    const TableCounts first = table_of(observed, false);
    const TableCounts second = table_of(observed, true);
    rows.push_back({pair, finding, name_of(RESAMPLED[m]), title_of(RESAMPLED[m]),
                    finite(value_of(RESAMPLED[m], first)), finite(value_of(RESAMPLED[m], second)),
                    as_difference(drawn[m], calls.unit.size(), calls.n_positive), std::nullopt});
    std::string& why = rows.back().difference.estimate.why_not;
    if (rows.back().difference.estimate.value) continue;
    why = why_undefined(RESAMPLED[m], rows.back().first ? second : first);
  }
  return rows;
}

/// Both raters' scores of one finding, ranked, over clusters that all findings number alike.
struct RankedPair {
  WeightedScores first, second;
  std::size_t n = 0, n_positive = 0;
};

/// Clusters of the test units, numbered without gaps.
CompactClusters test_clusters(const AnalysisData& data, std::vector<std::uint32_t>& of_unit) {
  std::vector<std::uint32_t> cluster;
  std::vector<std::size_t> unit;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!data.is_test[i]) continue;
    cluster.push_back(data.cluster[i]);
    unit.push_back(i);
  }
  CompactClusters compact = compact_clusters(cluster);
  of_unit.assign(data.size(), 0);
  for (std::size_t i = 0; i < unit.size(); ++i) of_unit[unit[i]] = compact.cluster[i];
  return compact;
}

RankedPair rank_pair(const PairedScores& units, const std::vector<std::uint32_t>& cluster_of_unit) {
  std::vector<std::uint32_t> cluster;
  for (const std::uint32_t unit : units.unit) cluster.push_back(cluster_of_unit[unit]);
  return {WeightedScores(rank_scores(units.first, units.positive), cluster),
          WeightedScores(rank_scores(units.second, units.positive), cluster), units.unit.size(),
          units.n_positive};
}

/// `n_units` are those of all findings together.
bool is_too_much(const PartContext& context, std::size_t n_units) {
  return 2.0 * static_cast<double>(context.n_bootstrap) * static_cast<double>(n_units) > MOST_RESAMPLED_UNITS;
}

using Area = double (WeightedScores::*)(ClusterCounts) const;

double mean_area(const std::vector<RankedPair>& findings, bool second, Area area, ClusterCounts counts) {
  double sum = 0;
  for (const RankedPair& finding : findings) sum += ((second ? finding.second : finding.first).*area)(counts);
  return sum / static_cast<double>(findings.size());
}

/// The difference in the mean of an area over findings; n and n_positive are summed.
RaterDifference area_difference(const PartContext& context, RaterPair pair,
                                const std::vector<RankedPair>& findings, std::size_t n_clusters, Area area) {
  RaterDifference row;
  row.pair = pair;
  const std::vector<std::uint32_t> once(n_clusters, 1);
  row.first = finite(mean_area(findings, false, area, once));
  row.second = finite(mean_area(findings, true, area, once));
  std::size_t n = 0;
  std::size_t n_positive = 0;
  for (const RankedPair& finding : findings) {
    n += finding.n;
    n_positive += finding.n_positive;
  }
  const std::size_t n_ranked = findings.size() == 1 ? n * context.data.findings.size() : n;
  if (is_too_much(context, n_ranked)) {
    row.difference.estimate = {*row.first - *row.second, std::nullopt, n, n_positive,
                               "too many cases to resample: lower --bootstrap"};
    row.difference.test = "bootstrap";
    return row;
  }
  auto metric = [&](bool second) {
    return [&findings, second, area](ClusterCounts counts, std::span<double> values) {
      values[0] = mean_area(findings, second, area, counts);
    };
  };
  const auto drawn = bootstrap_differences(plan_of(context), n_clusters, 1, metric(false), metric(true));
  row.difference = as_difference(drawn[0], n, n_positive);
  return row;
}

}  // namespace

std::vector<RaterDifference> resampled_differences(const PartContext& context, RaterPair pair,
                                                   std::size_t finding, const PairedCalls& calls) {
  std::vector<RaterDifference> rows;
  if (!calls.unit.empty()) rows = call_differences(context, pair, finding, calls);
  const AnalysisData& data = context.data;
  const PairedScores units = paired_scores(data, pair, finding, true);
  const bool with_readers = data.raters[pair.first].is_reader || data.raters[pair.second].is_reader;
  if (with_readers || units.n_positive == 0 || units.n_positive == units.unit.size()) return rows;
  std::vector<std::uint32_t> cluster_of_unit;
  const CompactClusters clusters = test_clusters(data, cluster_of_unit);
  std::vector<RankedPair> ranked;
  ranked.push_back(rank_pair(units, cluster_of_unit));
  rows.push_back(
      area_difference(context, pair, ranked, clusters.n_clusters, &WeightedScores::average_precision));
  rows.back().finding = finding;
  rows.back().metric = "average_precision";
  rows.back().title = "Average precision";
  return rows;
}

std::optional<RaterDifference> macro_auroc_difference(const PartContext& context, RaterPair pair) {
  const AnalysisData& data = context.data;
  if (data.kind == TruthKind::continuous || data.raters[pair.first].is_reader ||
      data.raters[pair.second].is_reader)
    return std::nullopt;
  std::vector<std::uint32_t> cluster_of_unit;
  const CompactClusters clusters = test_clusters(data, cluster_of_unit);
  std::vector<RankedPair> ranked;
  for (std::size_t finding = 0; finding < data.findings.size(); ++finding) {
    const PairedScores units = paired_scores(data, pair, finding, true);
    if (units.n_positive == 0 || units.n_positive == units.unit.size()) continue;
    ranked.push_back(rank_pair(units, cluster_of_unit));
  }
  if (ranked.size() < 2) return std::nullopt;
  RaterDifference row = area_difference(context, pair, ranked, clusters.n_clusters, &WeightedScores::auroc);
  row.metric = "macro_auroc";
  row.title = "AUROC, mean of " + std::to_string(ranked.size()) + " findings";
  return row;
}

}  // namespace radbatch
