#include "radbatch/report/finding_discrimination.hpp"

#include <cmath>
#include <set>

#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/stats/bootstrap.hpp"
#include "radbatch/stats/weighted_metrics.hpp"

namespace radbatch {
namespace {

Estimate as_estimate(const Auroc& from) {
  return {from.value, from.interval, from.n_positive + from.n_negative, from.n_positive, from.why_not};
}

Estimate area_of(const PartContext& context, const RankedScores& ranked, const JudgedUnits& judged,
                 bool is_clustered) {
  return as_estimate(is_clustered
                         ? clustered_auroc(ranked, judged.cluster, context.data.n_clusters, context.level)
                         : auroc(ranked, context.level));
}

/// Boyd's interval counts on independent units; of clusters there is the bootstrap.
Estimate average_precision_of(const PartContext& context, const RankedScores& ranked,
                              const JudgedUnits& judged, bool is_clustered) {
  Estimate estimate = average_precision(ranked, context.level);
  if (!is_clustered || !estimate.interval) return estimate;
  estimate.interval.reset();
  if (static_cast<double>(ranked.size()) * static_cast<double>(context.n_bootstrap) > MOST_BOOTSTRAP_STEPS) {
    estimate.why_not = "too many cases for so many resamples: ask for fewer with --bootstrap";
    return estimate;
  }
  const CompactClusters compact = compact_clusters(judged.cluster);
  const WeightedScores weighted(ranked, compact.cluster);
  const BootstrapPlan plan{.n_resamples = context.n_bootstrap,
                           .seed = context.seed,
                           .threads = context.threads,
                           .level = context.level};
  const Bootstrapped drawn =
      bootstrap(plan, compact.n_clusters, 1, [&](ClusterCounts counts, std::span<double> values) {
        values[0] = weighted.average_precision(counts);
      })[0];
  estimate.interval = drawn.interval;
  estimate.why_not = drawn.why_not;
  return estimate;
}

/// Points at least 1 / MOST_CURVE_POINTS of the curve's length apart, and the ends.
template <typename Point, typename X, typename Y>
std::vector<Point> thinned(const std::vector<Point>& points, const X& x, const Y& y) {
  if (points.size() <= MOST_CURVE_POINTS) return points;
  constexpr double step = 2.0 / static_cast<double>(MOST_CURVE_POINTS);
  std::vector<Point> kept{points.front()};
  for (std::size_t i = 1; i + 1 < points.size(); ++i) {
    if (std::abs(x(points[i]) - x(kept.back())) + std::abs(y(points[i]) - y(kept.back())) >= step)
      kept.push_back(points[i]);
  }
  kept.push_back(points.back());
  return kept;
}

void add_curves(const RankedScores& ranked, FindingDiscrimination& result) {
  const std::vector<RocPoint> roc = roc_curve(ranked);
  result.n_roc_corners = roc.size();
  result.roc = thinned(
      roc, [](const RocPoint& p) { return p.false_positive_rate; },
      [](const RocPoint& p) { return p.true_positive_rate; });
  result.precision_recall = thinned(
      precision_recall_curve(ranked), [](const PrecisionRecallPoint& p) { return p.recall; },
      [](const PrecisionRecallPoint& p) { return p.precision; });
}

PointDiscrimination point_of(const PartContext& context, const ThresholdOptions& options, const Rater& rater,
                             const OperatingPoint& point, std::size_t finding, bool is_clustered) {
  PointDiscrimination result;
  const DecidedFinding decided =
      decided_units(context.data, rater, point, finding, context.data.not_done, is_clustered);
  if (decided.unit.empty()) {
    result.why_not =
        point.why_not[finding].empty() ? "no labelled case has a decision" : point.why_not[finding];
    return result;
  }
  result.counts = counts_of(decided.units);
  result.metrics = binary_metrics(decided.units, metric_plan(context, options));
  for (std::size_t i = 0; i < decided.unit.size(); ++i) {
    CaseList& list = decided.units.truth[i]
                         ? (decided.units.decision[i] ? result.true_positive : result.false_negative)
                         : (decided.units.decision[i] ? result.false_positive : result.true_negative);
    list.units.push_back(decided.unit[i]);
  }
  return result;
}

std::string few_of(std::size_t n_positive, std::size_t n_negative) {
  std::vector<std::string> parts;
  if (n_positive < FEW_CASES) parts.push_back(counted(n_positive, "case") + " with the finding");
  if (n_negative < FEW_CASES) parts.push_back(counted(n_negative, "case") + " without the finding");
  return parts.empty() ? "" : "only " + join(parts, " and ");
}

std::vector<NotDoneRow> not_done_rows(const PartContext& context, const ThresholdOptions& options,
                                      const RaterDiscrimination& all, std::size_t finding,
                                      bool is_clustered) {
  std::vector<NotDoneRow> rows;
  for (const NotDonePolicy as : {NotDonePolicy::exclude, NotDonePolicy::negative, NotDonePolicy::positive}) {
    const JudgedUnits judged = ranked_units(context.data, *all.rater, finding, as);
    const RankedScores ranked = rank_scores(judged.scores, judged.positive);
    NotDoneRow row{as, area_of(context, ranked, judged, is_clustered), {}, {}};
    if (!all.points.empty()) {
      BinaryMetricPlan plan = metric_plan(context, options);
      plan.by_bootstrap = false;
      const DecidedFinding decided =
          decided_units(context.data, *all.rater, all.points[0], finding, as, is_clustered);
      const std::vector<Estimate> metrics = binary_metrics(decided.units, plan);
      row.sensitivity = metrics[static_cast<std::size_t>(BinaryMetric::sensitivity)];
      row.specificity = metrics[static_cast<std::size_t>(BinaryMetric::specificity)];
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

void count_missing(const AnalysisData& data, const Rater& rater, std::size_t finding,
                   FindingDiscrimination& result) {
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (is_not_done(data, finding, i)) ++result.n_not_done;
    const bool is_labelled = data.is_test[i] != 0 && data.truth[finding][i] != Answer::unknown;
    if (is_labelled && data.is_done[i] != 0 && std::isnan(rater.scores[finding][i])) ++result.n_without_score;
  }
}

/// A reader who only says yes or no has no curve.
bool has_grades(const JudgedUnits& judged) {
  std::set<double> seen;
  for (const double score : judged.scores) {
    seen.insert(score);
    if (seen.size() > 2) return true;
  }
  return false;
}

FindingDiscrimination finding_of(const PartContext& context, const ThresholdOptions& options,
                                 const RaterDiscrimination& all, std::size_t finding) {
  const bool is_clustered = context.data.is_clustered();
  const Rater& rater = *all.rater;
  FindingDiscrimination result;
  const JudgedUnits judged = ranked_units(context.data, rater, finding,
                                          rater.is_reader ? NotDonePolicy::exclude : context.data.not_done);
  result.n_positive = judged.n_positive;
  result.n_negative = judged.unit.size() - judged.n_positive;
  if (!rater.is_reader || has_grades(judged)) {
    const RankedScores ranked = rank_scores(judged.scores, judged.positive);
    result.auroc = area_of(context, ranked, judged, is_clustered);
    result.average_precision = average_precision_of(context, ranked, judged, is_clustered);
    add_curves(ranked, result);
  }
  for (const OperatingPoint& point : all.points)
    result.points.push_back(point_of(context, options, rater, point, finding, is_clustered));
  if (rater.is_reader) {
    if (!result.points.empty()) {
      const BinaryCounts& counts = result.points[0].counts;
      result.n_positive = counts.true_positive + counts.false_negative;
      result.n_negative = counts.total() - result.n_positive;
    }
  } else {
    count_missing(context.data, rater, finding, result);
    if (result.n_not_done > 0) result.not_done = not_done_rows(context, options, all, finding, is_clustered);
  }
  result.few = few_of(result.n_positive, result.n_negative);
  return result;
}

}  // namespace

BinaryMetricPlan metric_plan(const PartContext& context, const ThresholdOptions& options) {
  return {.proportion = options.proportion,
          .level = context.level,
          .by_bootstrap = context.n_bootstrap > 0,
          .n_resamples = context.n_bootstrap,
          .seed = context.seed,
          .threads = context.threads};
}

RaterDiscrimination discriminate(const PartContext& context, const ThresholdOptions& options,
                                 const Rater& rater) {
  RaterDiscrimination result;
  result.rater = &rater;
  result.points = operating_points(context.data, rater, options);
  for (std::size_t f = 0; f < context.data.findings.size(); ++f)
    result.findings.push_back(finding_of(context, options, result, f));
  return result;
}

}  // namespace radbatch
