#include "radbatch/stats/bootstrap_interval.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numeric>

namespace radbatch {
namespace {

/// With more resamples than this without a value, what is left no longer stands for the data.
constexpr double most_undefined = 0.2;

std::string grouped_thousands(std::size_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

/// Linear between order statistics (Hyndman and Fan, Am Stat 50 (1996) 361-365, definition 7).
double quantile_of(const std::vector<double>& sorted, double probability) {
  const double place = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// Share of resamples below the value, equal ones counting half, as a normal deviate; may be infinite.
double bias_correction(const std::vector<double>& sorted, double value) {
  const auto [first, last] = std::ranges::equal_range(sorted, value);
  const double below = static_cast<double>(first - sorted.begin());
  const double share = (below + 0.5 * static_cast<double>(last - first)) / static_cast<double>(sorted.size());
  if (share <= 0 || share >= 1) return std::numeric_limits<double>::infinity();
  return boost::math::quantile(boost::math::normal(), share);
}

double adjusted(double z0, double acceleration, double z) {
  const double moved = z0 + (z0 + z) / (1 - acceleration * (z0 + z));
  return boost::math::cdf(boost::math::normal(), moved);
}

Interval interval_of(const BootstrapPlan& plan, const std::vector<double>& sorted, double value,
                     double acceleration) {
  const std::string drawn = ", " + grouped_thousands(plan.n_resamples) + " resamples of " + plan.drawn;
  const double tail = (1 - plan.level) / 2;
  if (plan.interval == BootstrapInterval::bca) {
    const double z0 = bias_correction(sorted, value);
    if (std::isfinite(z0) && std::isfinite(acceleration)) {
      const double z = normal_quantile(plan.level);
      return {quantile_of(sorted, adjusted(z0, acceleration, -z)),
              quantile_of(sorted, adjusted(z0, acceleration, z)), plan.level, "bootstrap BCa" + drawn};
    }
  }
  const bool is_asked = plan.interval == BootstrapInterval::percentile;
  return {quantile_of(sorted, tail), quantile_of(sorted, 1 - tail), plan.level,
          (is_asked ? "bootstrap percentile" : "bootstrap percentile (BCa not possible)") + drawn};
}

double spread_of(const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (n - 1));
}

double p_of_zero(const std::vector<double>& sorted) {
  const double n = static_cast<double>(sorted.size());
  const auto not_above = static_cast<double>(std::ranges::upper_bound(sorted, 0.0) - sorted.begin());
  const auto not_below = n - static_cast<double>(std::ranges::lower_bound(sorted, 0.0) - sorted.begin());
  return std::min(1.0, 2 * (std::min(not_above, not_below) + 1) / (n + 1));
}

}  // namespace

double acceleration(std::span<const LeftOut> left_out) {
  double sum = 0, weights = 0;
  for (const LeftOut& one : left_out) {
    sum += one.weight * one.value;
    weights += one.weight;
  }
  const double mean = sum / weights;
  double squares = 0, cubes = 0;
  for (const LeftOut& one : left_out) {
    const double d = mean - one.value;
    squares += one.weight * d * d;
    cubes += one.weight * d * d * d;
  }
  if (!(squares > 0)) return std::numeric_limits<double>::quiet_NaN();
  return cubes / (6 * std::pow(squares, 1.5));
}

Bootstrapped summarize_resamples(const BootstrapPlan& plan, double value, std::vector<double> resampled,
                                 double acceleration, std::size_t n_clusters) {
  Bootstrapped result;
  if (std::isnan(value)) {
    result.why_not = "the number is not defined";
    return result;
  }
  result.value = value;
  const std::size_t n_asked = resampled.size();
  std::erase_if(resampled, [](double one) { return std::isnan(one); });
  std::ranges::sort(resampled);
  result.n_defined = resampled.size();
  const double undefined = static_cast<double>(n_asked - resampled.size());
  if (n_clusters < 2) {
    result.why_not = "there is nothing to draw from: only one of " + plan.drawn;
  } else if (n_asked < 2) {
    result.why_not = "no resamples were asked for";
  } else if (undefined > most_undefined * static_cast<double>(n_asked)) {
    result.why_not = "only " + grouped_thousands(resampled.size()) + " of " + grouped_thousands(n_asked) +
                     " resamples have a value";
  } else if (resampled.front() == resampled.back()) {
    result.why_not = "all resamples have the same value";
  }
  if (!result.why_not.empty()) return result;
  result.standard_error = spread_of(resampled);
  result.interval = interval_of(plan, resampled, value, acceleration);
  result.p_zero = p_of_zero(resampled);
  return result;
}

}  // namespace radbatch
