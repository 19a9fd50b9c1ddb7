#include "radbatch/prepare/percentile.hpp"

#include <algorithm>
#include <cmath>

namespace radbatch::prepare_detail {

PercentileRank rank_of(std::int64_t count, double percent) {
  const auto last = static_cast<double>(count - 1);
  PercentileRank rank;
  rank.as_torch = count <= 1'000'000;
  const double fraction =
      rank.as_torch ? static_cast<double>(static_cast<float>(percent / 100.0)) : percent / 100.0;
  const double at = fraction * last;
  rank.below = static_cast<std::int64_t>(std::min(std::floor(at), last));
  rank.is_whole = at == std::floor(at);
  rank.weight = at - std::floor(at);
  return rank;
}

float between(float low, float high, const PercentileRank& rank) {
  if (rank.as_torch) {
    const float w = static_cast<float>(rank.weight);
    return w < 0.5f ? std::fma(w, high - low, low) : std::fma(w - 1.0f, high - low, high);
  }
  const double step = static_cast<double>(high - low);
  return static_cast<float>(rank.weight < 0.5 ? low + step * rank.weight : high - step * (1.0 - rank.weight));
}

}  // namespace radbatch::prepare_detail
