#include "radbatch/report/calibration_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "radbatch/report/calibration_part.hpp"
#include "radbatch/stats/calibration_intervals.hpp"
#include "radbatch/stats/clustered_error.hpp"
#include "radbatch/stats/logistic_fit.hpp"
#include "radbatch/stats/temperature.hpp"

namespace radbatch {
namespace {

constexpr std::size_t CURVE_PLACES = 40;

/// Empty where no patient has two units: the formulas for independent units hold then.
std::span<const std::uint32_t> clusters_of(const JudgedUnits& units) {
  return has_clusters(units.cluster) ? std::span<const std::uint32_t>(units.cluster)
                                     : std::span<const std::uint32_t>();
}

Estimate blank(const JudgedUnits& units, std::string why_not = {}) {
  Estimate estimate;
  estimate.n = units.scores.size();
  estimate.n_positive = units.n_positive;
  estimate.why_not = std::move(why_not);
  return estimate;
}

Estimate coefficient(const JudgedUnits& units, const LogisticFit& fit, double value, double error,
                     double level) {
  Estimate estimate = blank(units, fit.why_not);
  if (!fit.why_not.empty()) return estimate;
  estimate.value = value;
  const bool is_clustered = !clusters_of(units).empty();
  estimate.interval =
      wald_interval(value, error, level, is_clustered ? "Wald, sandwich" : "Wald", is_clustered);
  return estimate;
}

void add_recalibration(CalibrationSummary& summary, const JudgedUnits& units, double level) {
  const std::vector<double> odds = log_odds(units.scores);
  const std::vector<double> targets = as_targets(units.positive);
  const LogisticFit line = fit_logistic(odds, targets, clusters_of(units));
  const LogisticFit large = fit_intercept(odds, targets, clusters_of(units));
  summary.estimates.push_back(
      {"calibration_slope", coefficient(units, line, line.slope, line.slope_error(), level)});
  summary.estimates.push_back(
      {"calibration_intercept", coefficient(units, line, line.intercept, line.intercept_error(), level)});
  summary.estimates.push_back({"calibration_in_the_large",
                               coefficient(units, large, large.intercept, large.intercept_error(), level)});
}

/// The value is exact, the interval that of grouped scores.
Estimate bootstrapped(const JudgedUnits& units, double value, const Bootstrapped& found) {
  Estimate estimate = blank(units, found.why_not);
  estimate.value = value;
  estimate.interval = found.interval;
  return estimate;
}

void add_errors(CalibrationSummary& summary, const PartContext& context, const JudgedUnits& units,
                const SmoothOptions& smooth) {
  const ScorePoints points = score_points(units.scores, units.positive);
  const std::vector<double> places = curve_places(points, CURVE_PLACES);
  const std::vector<double> curve = calibration_curve(points, places, smooth);
  const IntegratedErrors errors = integrated_errors(points, smooth);
  BootstrapPlan plan;
  plan.n_resamples = context.n_bootstrap;
  plan.seed = context.seed;
  plan.threads = context.threads;
  plan.level = context.level;
  plan.drawn = clusters_of(units).empty() ? "cases" : "patients";
  const CalibrationIntervals found = calibration_intervals(
      plan, {units.scores, units.positive, clusters_of(units), summary.equal_width, summary.equal_mass},
      places, smooth);
  Estimate largest = blank(units, "the gap of one bin, which may hold few cases: it has no interval");
  largest.value = maximum_calibration_error(summary.equal_width);
  auto& all = summary.estimates;
  all.push_back(
      {"ece", bootstrapped(units, expected_calibration_error(summary.equal_width), found.ece_equal_width)});
  all.push_back({"ece_equal_mass",
                 bootstrapped(units, expected_calibration_error(summary.equal_mass), found.ece_equal_mass)});
  all.push_back({"mce", largest});
  all.push_back({"ici", bootstrapped(units, errors.ici, found.ici)});
  all.push_back({"e50", bootstrapped(units, errors.e50, found.e50)});
  all.push_back({"e90", bootstrapped(units, errors.e90, found.e90)});
  for (std::size_t k = 0; k < places.size(); ++k)
    summary.curve.push_back({places[k], curve[k], found.curve.at(k).interval});
}

Json to_json(const ReliabilityBins& bins) {
  Json list = Json::array();
  for (const ReliabilityBin& bin : bins.bins)
    list.push_back({{"low", bin.low},
                    {"high", bin.high},
                    {"n", bin.n},
                    {"n_positive", bin.n_positive},
                    {"mean_score", bin.mean_score},
                    {"frequency", bin.frequency}});
  return {{"binning", name(bins.binning)}, {"bins_asked", bins.n_asked}, {"bins", list}};
}

}  // namespace

const Estimate& CalibrationSummary::of(const std::string& metric) const {
  const auto found = std::ranges::find(estimates, metric, &NamedEstimate::metric);
  if (found == estimates.end()) throw std::out_of_range(metric);
  return found->estimate;
}

CalibrationSummary summarize_calibration(const PartContext& context, const JudgedUnits& units,
                                         const CalibrationOptions& options) {
  CalibrationSummary summary;
  summary.n = units.scores.size();
  summary.n_positive = units.n_positive;
  if (units.scores.empty()) {
    summary.why_not = "there are no labelled cases";
    return summary;
  }
  if (std::ranges::any_of(units.scores, [](double score) { return !(score >= 0 && score <= 1); })) {
    summary.why_not = "its scores are no probabilities: some are outside 0 to 1";
    return summary;
  }
  for (const double score : units.scores)
    summary.n_certain += score < NEAREST_TO_CERTAIN || score > 1 - NEAREST_TO_CERTAIN ? 1U : 0U;
  summary.equal_width = reliability_bins(units.scores, units.positive, Binning::equal_width, options.n_bins);
  summary.equal_mass = reliability_bins(units.scores, units.positive, Binning::equal_mass, options.n_bins);
  const ReliabilityBins& bins =
      options.binning == Binning::equal_width ? summary.equal_width : summary.equal_mass;
  summary.parts = brier_parts(units.scores, units.positive, bins);
  summary.log_loss = log_loss(units.scores, units.positive);
  const auto cluster = clusters_of(units);
  add_recalibration(summary, units, context.level);
  auto& all = summary.estimates;
  all.push_back(
      {"observed_to_expected", observed_to_expected(units.scores, units.positive, cluster, context.level)});
  all.push_back({"brier", brier_score(units.scores, units.positive, cluster, context.level)});
  all.push_back({"scaled_brier", scaled_brier(units.scores, units.positive, cluster, context.level)});
  add_errors(summary, context, units, options.smooth);
  return summary;
}

Json to_json(const CalibrationSummary& summary) {
  Json json = {{"n", summary.n}, {"n_positive", summary.n_positive}};
  if (!summary.why_not.empty()) {
    json["why_not"] = summary.why_not;
    return json;
  }
  for (const NamedEstimate& one : summary.estimates) json[one.metric] = estimate_json(one.estimate);
  json["log_loss"] = *summary.log_loss;
  json["n_certain"] = summary.n_certain;
  json["brier_parts"] = {{"reliability", summary.parts.reliability},
                         {"resolution", summary.parts.resolution},
                         {"uncertainty", summary.parts.uncertainty},
                         {"within_bin_variance", summary.parts.within_bin_variance},
                         {"within_bin_covariance", summary.parts.within_bin_covariance}};
  json["equal_width"] = to_json(summary.equal_width);
  json["equal_mass"] = to_json(summary.equal_mass);
  Json curve = Json::array();
  for (const CurvePoint& point : summary.curve) {
    Json one = {{"score", point.score}, {"frequency", point.frequency}};
    if (point.interval) one.update({{"lower", point.interval->low}, {"upper", point.interval->high}});
    curve.push_back(one);
  }
  json["curve"] = curve;
  return json;
}

}  // namespace radbatch
