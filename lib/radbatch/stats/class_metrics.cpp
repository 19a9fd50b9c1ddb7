#include "radbatch/stats/class_metrics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "radbatch/stats/bootstrap.hpp"

namespace radbatch {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Totals {
  std::vector<double> truth, decision;
};

Totals totals_of(std::span<const double> counts, std::size_t n) {
  Totals totals{std::vector<double>(n), std::vector<double>(n)};
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < n; ++b) {
      totals.truth[a] += counts[a * n + b];
      totals.decision[b] += counts[a * n + b];
    }
  }
  return totals;
}

double mean_over(std::size_t n, const auto& value_of_class) {
  double sum = 0, count = 0;
  for (std::size_t c = 0; c < n; ++c) {
    const double value = value_of_class(c);
    if (std::isnan(value)) continue;
    sum += value;
    count += 1;
  }
  return count > 0 ? sum / count : nan;
}

/// balanced accuracy, macro F1, kappa, linear kappa, quadratic kappa
constexpr std::size_t n_values = 5;

void fill_in(std::span<const double> counts, std::size_t n, std::span<double> values) {
  const Totals totals = totals_of(counts, n);
  values[0] = mean_over(
      n, [&](std::size_t c) { return totals.truth[c] > 0 ? counts[c * n + c] / totals.truth[c] : nan; });
  values[1] = mean_over(n, [&](std::size_t c) {
    const double both = totals.truth[c] + totals.decision[c];
    return both > 0 ? 2 * counts[c * n + c] / both : nan;
  });
  constexpr std::array kinds{KappaWeights::none, KappaWeights::linear, KappaWeights::quadratic};
  for (std::size_t k = 0; k < kinds.size(); ++k)
    values[2 + k] = kappa_value(counts, n, kinds[k]).value_or(nan);
}

Estimate accuracy_of(const ClassedUnits& units, const BinaryMetricPlan& plan) {
  const CompactClusters compact = compact_clusters(units.cluster);
  std::vector<ClusterShare> shares(compact.n_clusters);
  std::size_t n_right = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const bool is_right = units.truth[i] == units.decision[i];
    n_right += is_right ? 1U : 0U;
    if (shares.empty()) continue;
    shares[compact.cluster[i]].n += 1;
    shares[compact.cluster[i]].successes += is_right ? 1 : 0;
  }
  return shares.empty() ? proportion_estimate(n_right, units.size(), plan.proportion, plan.level)
                        : clustered_proportion(shares, plan.proportion, plan.level);
}

Estimate as_estimate(const Bootstrapped& from, const ClassedUnits& units) {
  Estimate estimate{from.value, from.interval, units.size(), 0, from.why_not};
  if (!from.value)
    estimate.why_not = units.size() == 0 ? "there are no cases" : "all cases are of one class, for both";
  return estimate;
}

}  // namespace

ConfusionMatrix confusion_of(const ClassedUnits& units) {
  ConfusionMatrix matrix(units.n_classes);
  for (std::size_t i = 0; i < units.size(); ++i) matrix.add(units.truth[i], units.decision[i]);
  return matrix;
}

ClassMetrics class_metrics(const ClassedUnits& units, const BinaryMetricPlan& plan) {
  const auto n = static_cast<std::uint32_t>(units.n_classes);
  CellUnits cells{{}, units.cluster, units.n_classes * units.n_classes};
  cells.cell.reserve(units.size());
  for (std::size_t i = 0; i < units.size(); ++i) cells.cell.push_back(units.truth[i] * n + units.decision[i]);
  const BootstrapPlan draws{.n_resamples = plan.by_bootstrap ? plan.n_resamples : 0,
                            .seed = plan.seed,
                            .threads = plan.threads,
                            .level = plan.level,
                            .drawn = units.cluster.empty() ? "cases" : "patients"};
  const std::vector<Bootstrapped> drawn = bootstrap_cells(
      draws, cells, n_values,
      [n](std::span<const double> counts, std::span<double> values) { fill_in(counts, n, values); });
  return {accuracy_of(units, plan),     as_estimate(drawn[0], units), as_estimate(drawn[1], units),
          as_estimate(drawn[2], units), as_estimate(drawn[3], units), as_estimate(drawn[4], units)};
}

double top_k_share(std::span<const std::vector<double>> scores, std::span<const std::uint32_t> truth,
                   std::size_t k) {
  double hits = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double own = scores[truth[i]][i];
    std::size_t above = 0, tied = 0;  // the true class is among the tied
    for (const std::vector<double>& of_class : scores) {
      above += of_class[i] > own ? 1U : 0U;
      tied += of_class[i] == own ? 1U : 0U;
    }
    if (above >= k || tied == 0) continue;
    hits += std::min(1.0, static_cast<double>(k - above) / static_cast<double>(tied));
  }
  return truth.empty() ? nan : hits / static_cast<double>(truth.size());
}

}  // namespace radbatch
