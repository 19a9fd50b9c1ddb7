// Percentiles in MONAI's two arithmetics, apart from how the ranked values are found.
//
// torch.quantile (the fraction rounded to float32) up to a million values, numpy.percentile (all float64)
// above: MONAI switches there, and near an end of a large image's values the two differ visibly.
#pragma once

#include <cstdint>

namespace radbatch::prepare_detail {

/// Between which of the sorted values a percentile lies.
struct PercentileRank {
  std::int64_t below = 0;  ///< rank of the lower one
  double weight = 0;       ///< of the next one, < 1
  bool is_whole = false;   ///< the lower one alone counts
  bool as_torch = false;
};

PercentileRank rank_of(std::int64_t count, double percent);
/// The percentile from the values of ranks `below` and `below` + 1.
float between(float low, float high, const PercentileRank& rank);

}  // namespace radbatch::prepare_detail
