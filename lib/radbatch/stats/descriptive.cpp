#include "radbatch/stats/descriptive.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace radbatch {
std::optional<double> quantile(std::span<const double> sorted, double p) {
  if (sorted.empty()) return std::nullopt;
  const double place = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

MeanAndSd mean_and_sd(std::span<const double> values) {
  MeanAndSd result;
  if (values.empty()) return result;
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  result.mean = mean;
  if (values.size() < 2) return result;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  result.sd = std::sqrt(squares / (n - 1));
  return result;
}

}  // namespace radbatch
