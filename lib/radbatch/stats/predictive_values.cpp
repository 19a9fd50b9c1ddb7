#include "radbatch/stats/predictive_values.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/stats/clustered_error.hpp"
#include "radbatch/stats/logistic_fit.hpp"
#include "radbatch/stats/proportion.hpp"

namespace radbatch {
namespace {

double share(double part, double whole) {
  return part / whole;
}

/// Log odds of a predictive value and their variance from the two rates.
struct LogOdds {
  double value, variance;
};

LogOdds of_ppv(double sensitivity, double specificity, double n1, double n0, double prevalence) {
  return {std::log(sensitivity * prevalence) - std::log((1 - specificity) * (1 - prevalence)),
          (1 - sensitivity) / (n1 * sensitivity) + specificity / (n0 * (1 - specificity))};
}

LogOdds of_npv(double sensitivity, double specificity, double n1, double n0, double prevalence) {
  return {std::log(specificity * (1 - prevalence)) - std::log((1 - sensitivity) * prevalence),
          sensitivity / (n1 * (1 - sensitivity)) + (1 - specificity) / (n0 * specificity)};
}

Interval logit_interval(const LogOdds& odds, double level, const std::string& method) {
  const double half = normal_quantile(level) * std::sqrt(odds.variance);
  return {logistic(odds.value - half), logistic(odds.value + half), level, method};
}

/// Variance of ln(rate among positives) - ln(rate among negatives) where a unit counts when its call is
/// `call`.
std::optional<double> clustered_variance(const CalledUnits& units, bool call, double rate_positive,
                                         double rate_negative, double n1, double n0) {
  std::vector<double> influence;
  influence.reserve(units.called.size());
  for (std::size_t i = 0; i < units.called.size(); ++i) {
    const double hit = units.called[i] == call ? 1 : 0;
    influence.push_back(units.positive[i] ? (hit - rate_positive) / (rate_positive * n1)
                                          : -(hit - rate_negative) / (rate_negative * n0));
  }
  const std::optional<double> error = clustered_error(influence, units.cluster);
  return error ? std::optional(*error * *error) : std::nullopt;
}

Estimate without_value(const BinaryCounts& counts, std::string why) {
  Estimate estimate;
  estimate.n = counts.total();
  estimate.n_positive = counts.true_positive + counts.false_negative;
  estimate.why_not = std::move(why);
  return estimate;
}

}  // namespace

BinaryCounts CalledUnits::counts() const {
  BinaryCounts result;
  for (std::size_t i = 0; i < called.size(); ++i) result.add(positive[i], called[i]);
  return result;
}

namespace {

/// Share of right calls among units with, or without, the finding.
Estimate rate_among(const CalledUnits& units, bool truth, double level) {
  std::vector<ClusterShare> shares(units.cluster.empty() ? units.called.size()
                                                         : std::size_t{std::ranges::max(units.cluster)} + 1);
  std::size_t n = 0, n_right = 0;
  for (std::size_t i = 0; i < units.called.size(); ++i) {
    if (units.positive[i] != truth) continue;
    const bool is_right = units.called[i] == truth;
    ClusterShare& mine = shares[units.cluster.empty() ? i : units.cluster[i]];
    mine.n += 1;
    mine.successes += is_right ? 1 : 0;
    ++n;
    n_right += is_right ? 1U : 0U;
  }
  const bool is_clustered = std::ranges::any_of(shares, [](const ClusterShare& one) { return one.n > 1; });
  Estimate estimate = is_clustered ? clustered_proportion(shares, ProportionInterval::wilson, level)
                                   : proportion_estimate(n_right, n, ProportionInterval::wilson, level);
  if (n == 0) estimate.why_not = truth ? "no case has the finding" : "every case has the finding";
  estimate.n = n;
  estimate.n_positive = truth ? n : 0;
  return estimate;
}

}  // namespace

Estimate CalledUnits::sensitivity(double level) const {
  return rate_among(*this, true, level);
}

Estimate CalledUnits::specificity(double level) const {
  return rate_among(*this, false, level);
}

PredictiveValues predictive_values(const CalledUnits& units, double prevalence, double level) {
  const BinaryCounts counts = units.counts();
  PredictiveValues result{prevalence, without_value(counts, {}), without_value(counts, {})};
  const double n1 = static_cast<double>(counts.true_positive + counts.false_negative);
  const double n0 = static_cast<double>(counts.true_negative + counts.false_positive);
  if (n1 == 0 || n0 == 0) {
    const char* why = n1 == 0 ? "no case has the finding" : "every case has the finding";
    result.positive.why_not = result.negative.why_not = why;
    return result;
  }
  const double sensitivity = share(static_cast<double>(counts.true_positive), n1);
  const double specificity = share(static_cast<double>(counts.true_negative), n0);
  const double flagged = sensitivity * prevalence + (1 - specificity) * (1 - prevalence);
  if (flagged > 0)
    result.positive.value = sensitivity * prevalence / flagged;
  else
    result.positive.why_not = "no case is called positive";
  if (flagged < 1)
    result.negative.value = specificity * (1 - prevalence) / (1 - flagged);
  else
    result.negative.why_not = "no case is called negative";

  const bool is_at_end = sensitivity == 0 || sensitivity == 1 || specificity == 0 || specificity == 1;
  const bool is_clustered = !units.cluster.empty() && has_clusters(units.cluster);
  std::string method = "logit, delta method";
  double used_sensitivity = sensitivity, used_specificity = specificity, used_n1 = n1, used_n0 = n0;
  if (is_at_end) {
    const double z = normal_quantile(level);
    used_n1 += z * z;
    used_n0 += z * z;
    used_sensitivity = share(static_cast<double>(counts.true_positive) + z * z / 2, used_n1);
    used_specificity = share(static_cast<double>(counts.true_negative) + z * z / 2, used_n0);
    method += ", adjusted counts";
  }
  LogOdds ppv = of_ppv(used_sensitivity, used_specificity, used_n1, used_n0, prevalence);
  LogOdds npv = of_npv(used_sensitivity, used_specificity, used_n1, used_n0, prevalence);
  if (is_clustered && !is_at_end) {
    const auto for_ppv = clustered_variance(units, true, sensitivity, 1 - specificity, n1, n0);
    const auto for_npv = clustered_variance(units, false, 1 - sensitivity, specificity, n1, n0);
    if (!for_ppv || !for_npv) {
      result.positive.why_not = result.negative.why_not = "one patient gives no variance";
      return result;
    }
    ppv.variance = *for_ppv;
    npv.variance = *for_npv;
    method += ", clustered by patient";
  } else if (is_clustered) {
    method += ", units taken as independent";
  }
  if (result.positive.value) result.positive.interval = logit_interval(ppv, level, method);
  if (result.negative.value) result.negative.interval = logit_interval(npv, level, method);
  return result;
}

}  // namespace radbatch
