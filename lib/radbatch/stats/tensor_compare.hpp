// Two tensors that should be one: how far they are apart and what would make them equal.
//
// For people who have a training pipeline's tensor of a case beside ours. Preparation goes wrong in few ways:
// an axis runs the other way, axes are in another order, a crop is one voxel off, values are not scaled. Each
// is tried.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace radbatch {

/// Values in C order of `shape`.
struct TensorPart {
  std::vector<std::int64_t> shape;
  std::span<const float> values;
};

/// How "mine" became nearest to "ours": first the axes of mine are put in the order `axes` (axis a of the
/// result is axis axes[a] of mine), then those with flipped[a] turned round, then the result is read at index
/// + shift, then ours = scale * mine + offset.
struct TensorDifference {
  bool has_same_shape = false;
  double largest = 0;  ///< |ours - mine| as they are; only with the same shape
  std::vector<std::int64_t> largest_at;

  std::vector<std::size_t> axes;
  std::vector<bool> flipped;
  std::vector<std::int64_t> shift;
  double scale = 1, offset = 0;
  double largest_left = 0;  ///< after all of it, over the voxels that both have
  double correlation = 0;   ///< of the same voxels
  double overlap = 1;       ///< share of our voxels that both have
  double our_range = 0;     ///< largest minus smallest of ours

  bool is_reordered() const;
  bool is_flipped() const;
  bool is_shifted() const;
  bool is_scaled() const;  ///< scale or offset matter beyond the tolerance
};

/// Share of our range within which two tensors count as equal.
inline constexpr double COMPARE_TOLERANCE = 1e-4;

/// Leading axes of one element are ignored in both. The last `n_space` axes of ours may be in another order
/// in mine, turned round or shifted by up to 3 voxels (around the same centre where lengths differ); other
/// axes have to agree. The search takes a sample of the voxels, the numbers come from all. Throws
/// Error(ExitCode::usage) when the tensors have different numbers of axes or of items and channels.
TensorDifference compare_tensors(const TensorPart& ours, const TensorPart& mine, std::size_t n_space);

bool is_equal(const TensorDifference& difference);

/// Lines for people: numbers, what was found, and last a sentence that names the likely cause. `axes` are the
/// letters of our tensor's axes of space: {"R", "A", "S"}.
std::vector<std::string> explain(const TensorDifference& difference, const TensorPart& ours,
                                 const TensorPart& mine, const std::vector<std::string>& axes);

}  // namespace radbatch
