#include "radbatch/stats/outliers.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace radbatch {
namespace {

/// The mean of the two middle values where their number is even.
double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

}  // namespace

std::vector<bool> robust_outliers(std::span<const std::optional<double>> values) {
  std::vector<bool> is_outlier(values.size(), false);
  std::vector<double> known;
  for (const auto& value : values) {
    if (value) known.push_back(*value);
  }
  if (known.size() < FEWEST_FOR_OUTLIERS) return is_outlier;
  const double median = median_of(known);
  const double nothing = std::abs(median) * 1e-6;
  for (double& value : known) value = std::abs(value - median);
  const double mad = median_of(known);
  const double mean = std::accumulate(known.begin(), known.end(), 0.0) / static_cast<double>(known.size());
  const double scale = mad > nothing ? mad / 0.6745 : 1.2533 * mean;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double distance = values[i] ? std::abs(*values[i] - median) : 0;
    is_outlier[i] = distance > nothing && distance > OUTLIER_Z * scale;
  }
  return is_outlier;
}

}  // namespace radbatch
