#include "radbatch/stats/interval.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

namespace radbatch {

double normal_quantile(double level) {
  return boost::math::quantile(boost::math::complement(boost::math::normal(), (1 - level) / 2));
}

Proportion proportion(std::size_t successes, std::size_t n_trials, double level) {
  Proportion result{successes, n_trials, std::nullopt, std::nullopt};
  if (n_trials == 0) return result;
  const double n = static_cast<double>(n_trials);
  const double p = static_cast<double>(successes) / n;
  const double z = normal_quantile(level);
  const double center = p + z * z / (2 * n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  result.value = p;
  // At 0 and n the bound is exactly the proportion; rounding would put it beside it.
  const double low = successes == 0 ? 0 : (center - half) / scale;
  const double high = successes == n_trials ? 1 : (center + half) / scale;
  result.interval = Interval{std::max(0.0, low), std::min(1.0, high), level, "Wilson"};
  return result;
}

}  // namespace radbatch
