// Computes the values of a pending image, each once, straight into their place.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "radbatch/prepare/fused_pending.hpp"

namespace radbatch::prepare_detail {

/// Writes value (c, i, j, k) to target + the strides' sum, in slabs on as many threads as the run has;
/// scratch memory is under a MiB a thread for volumes of common sizes. Returns false where a value is not
/// finite.
bool execute(const Pending& pending, float* target, const std::array<std::int64_t, 4>& strides);

/// Calls visit(part, values) for slabs of the image that together hold each value once, on several threads;
/// `part` numbers them in a fixed order, below the returned count. For statistics, so that values which only
/// they need are never held together.
std::size_t for_each_slab(const Pending& pending,
                          const std::function<void(std::size_t part, std::span<const float> values)>& visit);
/// How many slabs that will be.
std::size_t slab_count(const Pending& pending);

// The two ways to compute what no table row puts outside; `inside` are the tables' rows with taps, all of
// them straight runs for the oblique grid. target is that of the first value inside.
bool execute_separable(const Pending& inside, float* target, const std::array<std::int64_t, 4>& strides);
bool execute_oblique(const Pending& inside, float* target, const std::array<std::int64_t, 4>& strides);

/// Memory of one thread that is kept from unit to unit, and grows.
class Scratch {
 public:
  float* get(std::int64_t floats) {
    if (floats > size_) {
      values_ = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(floats));
      size_ = floats;
    }
    return values_.get();
  }

 private:
  std::unique_ptr<float[]> values_;
  std::int64_t size_ = 0;
};

/// A strided row of any type as float32.
void load_row(SampleType type, const void* samples, std::int64_t first, std::int64_t stride, std::int64_t n,
              float* target);

}  // namespace radbatch::prepare_detail
