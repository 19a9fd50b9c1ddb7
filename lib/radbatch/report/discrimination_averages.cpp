#include "radbatch/report/discrimination_averages.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "radbatch/stats/bootstrap.hpp"
#include "radbatch/stats/weighted_metrics.hpp"

namespace radbatch {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
/// Pooled scores beyond this number are not ranked once more.
constexpr std::size_t most_pooled = 5'000'000;

/// Mean of the values that are there, with and without weights.
class Mean {
 public:
  void add(double value, double weight) {
    if (std::isnan(value)) return;
    sum_ += value;
    n_ += 1;
    weighted_ += weight * value;
    weights_ += weight;
  }
  double macro() const { return n_ > 0 ? sum_ / n_ : nan; }
  double weighted() const { return weights_ > 0 ? weighted_ / weights_ : nan; }

 private:
  double sum_ = 0, n_ = 0, weighted_ = 0, weights_ = 0;
};

double positives_of(const WeightedScores& scores, ClusterCounts counts) {
  return static_cast<double>(scores.positives(counts));
}

/// Numbers for the clusters that have units to count, so that no others are drawn.
class ClusterNumbers {
 public:
  explicit ClusterNumbers(std::size_t n_clusters) : number_(n_clusters, UNSEEN) {}

  void renumber(std::vector<std::uint32_t>& clusters) {
    for (std::uint32_t& cluster : clusters) {
      std::uint32_t& number = number_[cluster];
      if (number == UNSEEN) number = n_seen_++;
      cluster = number;
    }
  }
  std::size_t size() const { return n_seen_; }

 private:
  static constexpr std::uint32_t UNSEEN = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> number_;
  std::uint32_t n_seen_ = 0;
};

std::string too_many() {
  return "too many cases for so many resamples: ask for fewer with --bootstrap";
}

/// The bootstrap over all findings, or the values alone where it would take too long.
std::vector<Bootstrapped> drawn_together(const PartContext& context, std::size_t n_clusters,
                                         std::size_t n_units, std::size_t n_values,
                                         const WeightedMetrics& metrics) {
  const bool is_long =
      static_cast<double>(n_units) * static_cast<double>(context.n_bootstrap) > MOST_BOOTSTRAP_STEPS;
  const BootstrapPlan plan{.n_resamples = is_long ? 0 : context.n_bootstrap,
                           .seed = context.seed,
                           .threads = context.threads,
                           .level = context.level,
                           .drawn = context.data.has_patients ? "patients" : "cases"};
  std::vector<Bootstrapped> drawn = bootstrap(plan, n_clusters, n_values, metrics);
  if (is_long)
    for (Bootstrapped& one : drawn) one.why_not = too_many();
  return drawn;
}

Estimate as_estimate(const Bootstrapped& from, std::size_t n, std::size_t n_positive) {
  return {from.value, from.interval, n, n_positive, from.why_not};
}

struct Ranked {
  std::vector<WeightedScores> scores;  ///< [finding]
  std::size_t n_clusters = 0, n_units = 0, n_positive = 0;
};

Ranked ranked_of(const PartContext& context, const Rater& rater) {
  Ranked result;
  ClusterNumbers numbers(context.data.n_clusters);
  for (std::size_t f = 0; f < context.data.findings.size(); ++f) {
    JudgedUnits judged = ranked_units(context.data, rater, f, context.data.not_done);
    numbers.renumber(judged.cluster);
    result.scores.emplace_back(rank_scores(judged.scores, judged.positive), judged.cluster);
    result.n_units += judged.unit.size();
    result.n_positive += judged.n_positive;
  }
  result.n_clusters = numbers.size();
  return result;
}

Estimate micro_area(const PartContext& context, const Rater& rater, std::size_t n_units) {
  Estimate estimate;
  if (n_units > most_pooled) {
    estimate.why_not = "too many scores to be ranked together";
    return estimate;
  }
  JudgedUnits pooled;
  for (std::size_t f = 0; f < context.data.findings.size(); ++f) {
    const JudgedUnits judged = ranked_units(context.data, rater, f, context.data.not_done);
    pooled.scores.insert(pooled.scores.end(), judged.scores.begin(), judged.scores.end());
    pooled.positive.insert(pooled.positive.end(), judged.positive.begin(), judged.positive.end());
    pooled.cluster.insert(pooled.cluster.end(), judged.cluster.begin(), judged.cluster.end());
  }
  const Auroc area = clustered_auroc(rank_scores(pooled.scores, pooled.positive), pooled.cluster,
                                     context.data.n_clusters, context.level);
  return {area.value, area.interval, n_units, area.n_positive, area.why_not};
}

void add_areas(const PartContext& context, const Rater& rater, std::vector<AverageRow>& rows) {
  const Ranked ranked = ranked_of(context, rater);
  const auto metrics = [&](ClusterCounts counts, std::span<double> values) {
    Mean area, precision;
    for (const WeightedScores& scores : ranked.scores) {
      const double weight = positives_of(scores, counts);
      area.add(scores.auroc(counts), weight);
      precision.add(scores.average_precision(counts), weight);
    }
    values[0] = area.macro();
    values[1] = area.weighted();
    values[2] = precision.macro();
    values[3] = precision.weighted();
  };
  const std::vector<Bootstrapped> drawn =
      drawn_together(context, ranked.n_clusters, ranked.n_units, 4, metrics);
  const auto estimate = [&](std::size_t which) {
    return as_estimate(drawn[which], ranked.n_units, ranked.n_positive);
  };
  rows.push_back(
      {"auroc", "AUROC", "", estimate(0), estimate(1), micro_area(context, rater, ranked.n_units)});
  Estimate none;
  none.why_not = "not computed: pooled precision mixes findings of different prevalence";
  rows.push_back({"average_precision", "AUPRC", "", estimate(2), estimate(3), none});
}

constexpr std::array AVERAGED{BinaryMetric::sensitivity, BinaryMetric::specificity,
                              BinaryMetric::precision,   BinaryMetric::negative_predictive_value,
                              BinaryMetric::f1,          BinaryMetric::balanced_accuracy};

void add_point(const PartContext& context, const Rater& rater, const OperatingPoint& point,
               std::vector<AverageRow>& rows) {
  std::vector<WeightedTable> tables;
  ClusterNumbers numbers(context.data.n_clusters);
  std::size_t n_units = 0, n_positive = 0;
  for (std::size_t f = 0; f < context.data.findings.size(); ++f) {
    DecidedFinding decided = decided_units(context.data, rater, point, f, context.data.not_done, true);
    numbers.renumber(decided.units.cluster);
    const BinaryCounts counts = counts_of(decided.units);
    n_units += counts.total();
    n_positive += counts.true_positive + counts.false_negative;
    tables.emplace_back(decided.units);
  }
  const auto metrics = [&](ClusterCounts counts, std::span<double> values) {
    std::array<Mean, AVERAGED.size()> means;
    TableCounts pooled;
    for (const WeightedTable& table : tables) {
      const TableCounts own = table.counts(counts);
      pooled.true_positive += own.true_positive;
      pooled.false_positive += own.false_positive;
      pooled.true_negative += own.true_negative;
      pooled.false_negative += own.false_negative;
      for (std::size_t m = 0; m < AVERAGED.size(); ++m)
        means[m].add(value_of(AVERAGED[m], own), own.positives());
    }
    for (std::size_t m = 0; m < AVERAGED.size(); ++m) {
      values[3 * m] = means[m].macro();
      values[3 * m + 1] = means[m].weighted();
      values[3 * m + 2] = value_of(AVERAGED[m], pooled);
    }
  };
  const std::vector<Bootstrapped> drawn =
      drawn_together(context, numbers.size(), n_units, 3 * AVERAGED.size(), metrics);
  for (std::size_t m = 0; m < AVERAGED.size(); ++m) {
    rows.push_back({name_of(AVERAGED[m]), title_of(AVERAGED[m]), point.id,
                    as_estimate(drawn[3 * m], n_units, n_positive),
                    as_estimate(drawn[3 * m + 1], n_units, n_positive),
                    as_estimate(drawn[3 * m + 2], n_units, n_positive)});
  }
}

}  // namespace

Averages averages_of(const PartContext& context, const RaterDiscrimination& rater) {
  Averages averages;
  if (context.data.findings.size() < 2) return averages;
  for (const FindingDiscrimination& finding : rater.findings)
    ++(finding.auroc.value ? averages.n_findings : averages.n_left_out);
  if (averages.n_findings == 0) return averages;
  add_areas(context, *rater.rater, averages.rows);
  for (const OperatingPoint& point : rater.points) {
    const bool is_of_several =
        point.is_declared ||
        std::ranges::count_if(point.thresholds, [](const auto& one) { return one.has_value(); }) > 1;
    if (is_of_several) add_point(context, *rater.rater, point, averages.rows);
  }
  return averages;
}

}  // namespace radbatch
