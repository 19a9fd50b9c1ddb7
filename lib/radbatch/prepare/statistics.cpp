#include "radbatch/prepare/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace radbatch::prepare_detail {

std::vector<float> values_of(const Image& image) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(image.count()));
  for_each_value(image, [&](float v) { values.push_back(v); });
  return values;
}

float percentile(std::vector<float>& values, double percent) {
  const auto last = static_cast<double>(values.size() - 1);
  const bool as_torch = values.size() <= 1'000'000;
  const double fraction =
      as_torch ? static_cast<double>(static_cast<float>(percent / 100.0)) : percent / 100.0;
  const double rank = fraction * last;
  const auto below = static_cast<std::ptrdiff_t>(std::min(std::floor(rank), last));
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const float low = values[below];
  const bool exact = rank == std::floor(rank);
  const float high = exact ? low : *std::min_element(values.begin() + below + 1, values.end());
  const double weight = rank - std::floor(rank);
  if (as_torch) {
    const float w = static_cast<float>(weight);
    return w < 0.5f ? std::fma(w, high - low, low) : std::fma(w - 1.0f, high - low, high);
  }
  const double step = static_cast<double>(high - low);
  return static_cast<float>(weight < 0.5 ? low + step * weight : high - step * (1.0 - weight));
}

Extremes extremes(const Image& image) {
  Extremes found{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
  for_each_value(image, [&](float v) {
    found.low = std::min(found.low, v);
    found.high = std::max(found.high, v);
  });
  return found;
}

}  // namespace radbatch::prepare_detail
