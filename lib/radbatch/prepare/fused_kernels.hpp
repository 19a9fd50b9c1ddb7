// The inner loops of the fused executor, by Highway for the processor at hand.
//
// Products and sums are rounded one by one, never fused, and every output value has its own chain of them:
// the bytes are the same on every processor and for every number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "radbatch/prepare/fused_values.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch::prepare_detail {

/// Rows are padded to a multiple of this many floats, so that loops need no tail.
constexpr std::int64_t row_multiple = 16;
/// The most lanes of a LastPass; memory for its groups is a multiple of two of them.
constexpr std::int64_t max_lanes = 96;

/// A weighted sum of values v of `count` indices, as v0 * weight[0] + sum over t > 0 of weight[t] * (vt -
/// v0): weight[0] is the sum of all weights. In this form a mean of equal values is that value, bit for bit,
/// and a constant image stays one.
struct FloatTaps {
  const std::int32_t* index;
  const float* weight;
  std::int32_t count;
};

/// target[x] = the weighted sum of rows[r][x] in the form of FloatTaps, x < n. At least one row.
void blend_rows(SampleType type, std::span<const void* const> rows, const float* weights, std::int64_t n,
                float* target);
bool all_finite(std::span<const float> values);
/// v = maps(v) on n values.
void map_row(std::span<const ValueMap> maps, float* values, std::int64_t n);
/// Four blends of the same rows side by side: target[4 * x + l] = sum of lanes[l] over rows[index * row_step
/// + x], for x up to n rounded up to row_multiple.
void interleave_rows(const float* rows, std::int64_t row_step, const FloatTaps* lanes, std::int64_t n,
                     float* target);

/// The last pass: lines of `lanes` values, each a blend of lines of the groups of four that interleave_rows
/// makes, mapped and stored.
struct LastPass {
  const float* groups = nullptr;
  std::int64_t group_step = 0;  ///< floats from one group of four to the next
  std::int64_t lanes = 0;
  const std::int32_t* begin = nullptr;  ///< per output line, of its taps
  const std::int32_t* index = nullptr;
  const float* weight = nullptr;
  std::int64_t lines = 0;
  std::span<const ValueMap> maps;
};
/// Writes line o to target + o * line_step. Returns false where a value is not finite.
bool store_lines(const LastPass& pass, float* target, std::int64_t line_step);

/// Trilinear samples with border padding along a straight line through the source. Strides are not negative.
struct ObliqueLine {
  SampleType type = SampleType::int16;
  const void* samples = nullptr;  ///< of index (0, 0, 0)
  struct Axis {
    std::int64_t size = 1, stride = 0;  ///< in samples
    double at = 0, step = 0;            ///< index of the line's first value, and to the next one
  };
  Axis axes[3];  ///< the first one has the smallest stride
  std::span<const ValueMap> before, after;
};
/// Strides of the three axes that sample_line's 32-bit offsets can hold.
bool can_sample(const ObliqueLine& line);
/// Returns false where a value is not finite.
bool sample_line(const ObliqueLine& line, std::int64_t n, float* target);

}  // namespace radbatch::prepare_detail
