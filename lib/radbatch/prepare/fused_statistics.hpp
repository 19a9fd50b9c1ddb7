// Statistics of a pending image by one reduction: over the source's own samples where they are only moved,
// else over slabs of values that are computed for it and not kept.
#pragma once

#include <cstdint>

#include "radbatch/prepare/fused_pending.hpp"
#include "radbatch/prepare/statistics.hpp"

namespace radbatch::prepare_detail {

/// Mean and population standard deviation of the values that count.
struct Moments {
  double mean = 0, deviation = 0;
  std::int64_t n = 0;
};
Moments moments_of(const Pending& pending, bool nonzero);

Extremes extremes_of(const Pending& pending);

/// Two percentiles as the reference computes them: exact for samples that are only moved.
Extremes percentiles_of(const Pending& pending, double lower, double upper);

}  // namespace radbatch::prepare_detail
