#include "radbatch/stats/proportion.hpp"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <cmath>

namespace radbatch {
namespace {

Interval wilson(double share, double n, double level) {
  const double z = normal_quantile(level);
  const double center = share + z * z / (2 * n);
  const double half = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  // At 0 and 1 the bound is exactly the proportion; rounding would put it beside it.
  const double low = share <= 0 ? 0 : std::max(0.0, (center - half) / scale);
  const double high = share >= 1 ? 1 : std::min(1.0, (center + half) / scale);
  return {low, high, level, "Wilson"};
}

Interval clopper_pearson(double share, double n, double level) {
  const double successes = share * n, failures = n - successes;
  const double tail = (1 - level) / 2;
  const auto beta = [](double a, double b) { return boost::math::beta_distribution<>(a, b); };
  const double low = share <= 0 ? 0 : boost::math::quantile(beta(successes, failures + 1), tail);
  const double high =
      share >= 1 ? 1 : boost::math::quantile(boost::math::complement(beta(successes + 1, failures), tail));
  return {low, high, level, "Clopper-Pearson"};
}

Interval interval_of(double share, double n, ProportionInterval kind, double level) {
  return kind == ProportionInterval::wilson ? wilson(share, n, level) : clopper_pearson(share, n, level);
}

}  // namespace

Estimate proportion_estimate(std::size_t successes, std::size_t n, ProportionInterval kind, double level) {
  Estimate result;
  result.n = n;
  if (n == 0) {
    result.why_not = "there are no cases to count";
    return result;
  }
  // Whole numbers keep the bounds exact where rounding share * n would not.
  result.value = static_cast<double>(successes) / static_cast<double>(n);
  result.interval = interval_of(*result.value, static_cast<double>(n), kind, level);
  return result;
}

Estimate clustered_proportion(std::span<const ClusterShare> clusters, ProportionInterval kind, double level) {
  double successes = 0, n = 0, count = 0;
  for (const ClusterShare& cluster : clusters) {
    successes += cluster.successes;
    n += cluster.n;
    count += cluster.n > 0 ? 1 : 0;
  }
  Estimate result;
  result.n = static_cast<std::size_t>(std::llround(n));
  if (n <= 0) {
    result.why_not = "there are no cases to count";
    return result;
  }
  const double share = successes / n;
  result.value = share;
  if (count < 2) {
    result.why_not = "all cases are of one patient, which gives no variance";
    return result;
  }
  double squares = 0;
  for (const ClusterShare& cluster : clusters) {
    const double residual = cluster.successes - share * cluster.n;
    squares += residual * residual;
  }
  const double variance = count / (count - 1) * squares / (n * n);
  const bool is_extreme = share <= 0 || share >= 1;
  const double effective = is_extreme     ? count
                           : variance > 0 ? std::min(n, share * (1 - share) / variance)
                                          : n;
  result.interval = interval_of(share, effective, kind, level);
  result.interval->method += ", clustered by patient";
  return result;
}

}  // namespace radbatch
