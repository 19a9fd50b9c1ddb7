#include "radbatch/stats/binary_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "radbatch/stats/agreement.hpp"
#include "radbatch/stats/bootstrap.hpp"

namespace radbatch {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : nan;
}

double mcc_of(const TableCounts& c) {
  const double called = c.true_positive + c.false_positive;
  const double product =
      std::sqrt(called) * std::sqrt(c.positives()) * std::sqrt(c.negatives()) * std::sqrt(c.total() - called);
  return ratio(c.true_positive * c.true_negative - c.false_positive * c.false_negative, product);
}

double kappa_of(const TableCounts& c) {
  const std::array<double, 4> cells{c.true_negative, c.false_positive, c.false_negative, c.true_positive};
  return kappa_value(cells, 2).value_or(nan);
}

/// A table per cluster, or per unit where there are none.
std::vector<TableCounts> tables_of(const DecidedUnits& units) {
  std::vector<TableCounts> tables;
  const CompactClusters compact = compact_clusters(units.cluster);
  tables.resize(units.cluster.empty() ? units.size() : compact.n_clusters);
  for (std::size_t i = 0; i < units.size(); ++i) {
    TableCounts& table = tables[units.cluster.empty() ? i : compact.cluster[i]];
    if (units.truth[i]) {
      (units.decision[i] ? table.true_positive : table.false_negative) += 1;
    } else {
      (units.decision[i] ? table.false_positive : table.true_negative) += 1;
    }
  }
  return tables;
}

/// Numerator and denominator of the metrics that are proportions.
ClusterShare share_of(BinaryMetric metric, const TableCounts& c) {
  switch (metric) {
    case BinaryMetric::sensitivity:
      return {c.true_positive, c.positives()};
    case BinaryMetric::specificity:
      return {c.true_negative, c.negatives()};
    case BinaryMetric::precision:
      return {c.true_positive, c.true_positive + c.false_positive};
    case BinaryMetric::negative_predictive_value:
      return {c.true_negative, c.true_negative + c.false_negative};
    case BinaryMetric::accuracy:
      return {c.true_positive + c.true_negative, c.total()};
    default:
      return {c.positives(), c.total()};
  }
}

bool is_proportion(BinaryMetric metric) {
  using enum BinaryMetric;
  return metric == sensitivity || metric == specificity || metric == precision ||
         metric == negative_predictive_value || metric == accuracy || metric == prevalence;
}

bool is_likelihood_ratio(BinaryMetric metric) {
  return metric == BinaryMetric::positive_likelihood_ratio ||
         metric == BinaryMetric::negative_likelihood_ratio;
}

Estimate proportion_of(BinaryMetric metric, const TableCounts& all, const std::vector<TableCounts>& clusters,
                       const BinaryMetricPlan& plan) {
  if (clusters.empty()) {
    const ClusterShare share = share_of(metric, all);
    return proportion_estimate(static_cast<std::size_t>(share.successes), static_cast<std::size_t>(share.n),
                               plan.proportion, plan.level);
  }
  std::vector<ClusterShare> shares;
  shares.reserve(clusters.size());
  for (const TableCounts& cluster : clusters) shares.push_back(share_of(metric, cluster));
  return clustered_proportion(shares, plan.proportion, plan.level);
}

/// Cases with and without the finding that a likelihood ratio counts: called positive, or called negative.
struct LikelihoodParts {
  double with_finding, without;
};

LikelihoodParts parts_of(BinaryMetric metric, const TableCounts& c) {
  if (metric == BinaryMetric::positive_likelihood_ratio) return {c.true_positive, c.false_positive};
  return {c.false_negative, c.true_negative};
}

/// Variance of ln LR: Simel's for independent units, linearised over clusters otherwise.
double log_variance(BinaryMetric metric, const TableCounts& all, const std::vector<TableCounts>& clusters) {
  const LikelihoodParts parts = parts_of(metric, all);
  if (clusters.empty()) {
    return 1 / parts.with_finding - 1 / all.positives() + 1 / parts.without - 1 / all.negatives();
  }
  double squares = 0;
  for (const TableCounts& cluster : clusters) {
    const LikelihoodParts own = parts_of(metric, cluster);
    const double influence = own.with_finding / parts.with_finding - cluster.positives() / all.positives() -
                             own.without / parts.without + cluster.negatives() / all.negatives();
    squares += influence * influence;
  }
  const double n = static_cast<double>(clusters.size());
  return n / (n - 1) * squares;
}

Estimate likelihood_ratio(BinaryMetric metric, const TableCounts& all,
                          const std::vector<TableCounts>& clusters, const BinaryMetricPlan& plan) {
  Estimate result;
  const double value = value_of(metric, all);
  if (std::isnan(value)) return result;
  result.value = value;
  if (parts_of(metric, all).with_finding <= 0) {
    result.why_not = "the ratio is 0: its logarithm has no interval";
    return result;
  }
  const double variance = clusters.size() == 1 ? 0 : log_variance(metric, all, clusters);
  if (!(variance > 1e-15)) {
    result.why_not = "the variance is zero";
    return result;
  }
  const double factor = std::exp(normal_quantile(plan.level) * std::sqrt(variance));
  result.interval = Interval{value / factor, value * factor, plan.level,
                             clusters.empty() ? "log (Simel)" : "log, clustered by patient"};
  return result;
}

/// A bootstrap covers 93 % where few cases have the finding; this does 95 (tests/bench/bench_statistics.cpp).
Estimate balanced_accuracy_of(const TableCounts& all, const std::vector<TableCounts>& clusters,
                              const BinaryMetricPlan& plan) {
  const Estimate sens = proportion_of(BinaryMetric::sensitivity, all, clusters, plan);
  const Estimate spec = proportion_of(BinaryMetric::specificity, all, clusters, plan);
  Estimate result;
  if (!sens.value || !spec.value) return result;
  result.value = 0.5 * (*sens.value + *spec.value);
  if (!sens.interval || !spec.interval) {
    result.why_not = sens.interval ? spec.why_not : sens.why_not;
    return result;
  }
  const double below = std::hypot(*sens.value - sens.interval->low, *spec.value - spec.interval->low);
  const double above = std::hypot(sens.interval->high - *sens.value, spec.interval->high - *spec.value);
  result.interval =
      Interval{std::max(0.0, *result.value - 0.5 * below), std::min(1.0, *result.value + 0.5 * above),
               plan.level, "MOVER of " + sens.interval->method};
  return result;
}

constexpr std::array BOOTSTRAPPED{BinaryMetric::f1, BinaryMetric::mcc, BinaryMetric::kappa};

std::vector<Bootstrapped> bootstrapped(const DecidedUnits& units, const BinaryMetricPlan& plan) {
  CellUnits cells{{}, units.cluster, 4};
  cells.cell.reserve(units.size());
  for (std::size_t i = 0; i < units.size(); ++i)
    cells.cell.push_back((units.truth[i] ? 2U : 0U) + (units.decision[i] ? 1U : 0U));
  const BootstrapPlan draws{.n_resamples = plan.by_bootstrap ? plan.n_resamples : 0,
                            .seed = plan.seed,
                            .threads = plan.threads,
                            .level = plan.level,
                            .drawn = units.cluster.empty() ? "cases" : "patients"};
  return bootstrap_cells(draws, cells, BOOTSTRAPPED.size(),
                         [](std::span<const double> c, std::span<double> values) {
                           const TableCounts table{c[3], c[1], c[0], c[2]};
                           for (std::size_t m = 0; m < BOOTSTRAPPED.size(); ++m)
                             values[m] = value_of(BOOTSTRAPPED[m], table);
                         });
}

struct MetricName {
  BinaryMetric metric;
  const char* name;
  const char* title;
};

constexpr std::array NAMES{
    MetricName{BinaryMetric::sensitivity, "sensitivity", "Sensitivity"},
    MetricName{BinaryMetric::specificity, "specificity", "Specificity"},
    MetricName{BinaryMetric::precision, "ppv", "PPV"},
    MetricName{BinaryMetric::negative_predictive_value, "npv", "NPV"},
    MetricName{BinaryMetric::positive_likelihood_ratio, "lr_positive", "LR+"},
    MetricName{BinaryMetric::negative_likelihood_ratio, "lr_negative", "LR−"},
    MetricName{BinaryMetric::f1, "f1", "F1"},
    MetricName{BinaryMetric::balanced_accuracy, "balanced_accuracy", "Balanced accuracy"},
    MetricName{BinaryMetric::mcc, "mcc", "MCC"},
    MetricName{BinaryMetric::kappa, "kappa", "Kappa"},
    MetricName{BinaryMetric::accuracy, "accuracy", "Accuracy"},
    MetricName{BinaryMetric::prevalence, "prevalence", "Prevalence"},
};

}  // namespace

TableCounts as_table(const BinaryCounts& counts) {
  return {static_cast<double>(counts.true_positive), static_cast<double>(counts.false_positive),
          static_cast<double>(counts.true_negative), static_cast<double>(counts.false_negative)};
}

const char* name_of(BinaryMetric metric) {
  return std::ranges::find(NAMES, metric, &MetricName::metric)->name;
}

const char* title_of(BinaryMetric metric) {
  return std::ranges::find(NAMES, metric, &MetricName::metric)->title;
}

double value_of(BinaryMetric metric, const TableCounts& c) {
  const double sensitivity = ratio(c.true_positive, c.positives());
  const double specificity = ratio(c.true_negative, c.negatives());
  switch (metric) {
    case BinaryMetric::positive_likelihood_ratio:
      return ratio(sensitivity, 1 - specificity);
    case BinaryMetric::negative_likelihood_ratio:
      return ratio(1 - sensitivity, specificity);
    case BinaryMetric::f1:
      return ratio(2 * c.true_positive, 2 * c.true_positive + c.false_positive + c.false_negative);
    case BinaryMetric::balanced_accuracy:
      return 0.5 * (sensitivity + specificity);
    case BinaryMetric::mcc:
      return mcc_of(c);
    case BinaryMetric::kappa:
      return kappa_of(c);
    default:
      break;
  }
  const ClusterShare share = share_of(metric, c);
  return ratio(share.successes, share.n);
}

std::string why_undefined(BinaryMetric metric, const TableCounts& c) {
  if (c.total() <= 0) return "there are no cases with truth and decision";
  const double called = c.true_positive + c.false_positive;
  if (metric == BinaryMetric::precision && called <= 0) return "no case is called positive";
  if (metric == BinaryMetric::negative_predictive_value && called >= c.total())
    return "no case is called negative";
  if (metric == BinaryMetric::f1 || metric == BinaryMetric::kappa)
    return "all cases are of one class, for truth and decision";
  if (metric == BinaryMetric::mcc && (called <= 0 || called >= c.total()) && c.positives() > 0 &&
      c.negatives() > 0) {
    return "all cases are called alike";
  }
  if (metric != BinaryMetric::specificity && c.positives() <= 0) return "no case has the finding";
  if (metric != BinaryMetric::sensitivity && c.negatives() <= 0) return "every case has the finding";
  if (metric == BinaryMetric::positive_likelihood_ratio) return "no false positives: the ratio is infinite";
  return "no true negatives: the ratio is infinite";
}

BinaryCounts counts_of(const DecidedUnits& units) {
  BinaryCounts counts;
  for (std::size_t i = 0; i < units.size(); ++i) counts.add(units.truth[i], units.decision[i]);
  return counts;
}

std::vector<Estimate> binary_metrics(const DecidedUnits& units, const BinaryMetricPlan& plan) {
  const TableCounts all = as_table(counts_of(units));
  const std::vector<TableCounts> clusters =
      units.cluster.empty() ? std::vector<TableCounts>{} : tables_of(units);
  const std::vector<Bootstrapped> drawn = bootstrapped(units, plan);
  std::vector<Estimate> estimates;
  for (const BinaryMetric metric : ALL_BINARY_METRICS) {
    Estimate estimate;
    if (is_proportion(metric)) {
      estimate = proportion_of(metric, all, clusters, plan);
    } else if (is_likelihood_ratio(metric)) {
      estimate = likelihood_ratio(metric, all, clusters, plan);
    } else if (metric == BinaryMetric::balanced_accuracy) {
      estimate = balanced_accuracy_of(all, clusters, plan);
    } else {
      const auto which = std::ranges::find(BOOTSTRAPPED, metric) - BOOTSTRAPPED.begin();
      const Bootstrapped& from = drawn[static_cast<std::size_t>(which)];
      estimate.value = from.value;
      estimate.interval = from.interval;
      estimate.why_not = from.why_not;
    }
    if (!estimate.value) estimate.why_not = why_undefined(metric, all);
    if (!is_proportion(metric)) estimate.n = units.size();
    estimate.n_positive = static_cast<std::size_t>(all.positives());
    estimates.push_back(std::move(estimate));
  }
  return estimates;
}

}  // namespace radbatch
