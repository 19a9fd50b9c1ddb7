#include "radbatch/prepare/statistics.hpp"

#include <algorithm>
#include <limits>

#include "radbatch/prepare/percentile.hpp"

namespace radbatch::prepare_detail {

std::vector<float> values_of(const Image& image) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(image.count()));
  for_each_value(image, [&](float v) { values.push_back(v); });
  return values;
}

float percentile(std::vector<float>& values, double percent) {
  const PercentileRank rank = rank_of(static_cast<std::int64_t>(values.size()), percent);
  const auto below = values.begin() + rank.below;
  std::nth_element(values.begin(), below, values.end());
  return between(*below, rank.is_whole ? *below : *std::min_element(below + 1, values.end()), rank);
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
