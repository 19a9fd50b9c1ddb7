#include "radbatch/stats/clustered_error.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace radbatch {
namespace {

std::string method_name(const std::string& method, bool is_clustered) {
  return is_clustered ? method + ", clustered by patient" : method;
}

}  // namespace

std::size_t count_clusters(std::span<const std::uint32_t> cluster) {
  if (cluster.empty()) return 0;
  std::vector<bool> seen(std::size_t{std::ranges::max(cluster)} + 1);
  std::size_t n = 0;
  for (const std::uint32_t one : cluster) {
    if (!seen[one]) ++n;
    seen[one] = true;
  }
  return n;
}

bool has_clusters(std::span<const std::uint32_t> cluster) {
  return count_clusters(cluster) < cluster.size();
}

std::optional<double> clustered_error(std::span<const double> influence,
                                      std::span<const std::uint32_t> cluster) {
  std::vector<double> sums;
  std::size_t n_clusters = influence.size();
  if (cluster.empty()) {
    sums.assign(influence.begin(), influence.end());
  } else {
    n_clusters = count_clusters(cluster);
    sums.resize(cluster.empty() ? 0 : std::size_t{std::ranges::max(cluster)} + 1);
    for (std::size_t i = 0; i < influence.size(); ++i) sums[cluster[i]] += influence[i];
  }
  if (n_clusters < 2) return std::nullopt;
  double squares = 0;
  for (const double sum : sums) squares += sum * sum;
  const double n = static_cast<double>(n_clusters);
  return std::sqrt(n / (n - 1) * squares);
}

Interval wald_interval(double value, double error, double level, const std::string& method,
                       bool is_clustered) {
  const double half = normal_quantile(level) * error;
  return {value - half, value + half, level, method_name(method, is_clustered)};
}

Interval log_interval(double ratio, double log_error, double level, const std::string& method,
                      bool is_clustered) {
  const double factor = std::exp(normal_quantile(level) * log_error);
  return {ratio / factor, ratio * factor, level, method_name(method, is_clustered)};
}

}  // namespace radbatch
