// Execution of a plan: from a volume as read to the tensor the network takes.
//
// MONAI's conventions and MONAI's numbers (tests/parity holds the golden files), by one of two executors: the
// reference computes one step after the other in float64 sums; the fused one, which is the usual one,
// computes each value of the tensor once and agrees with it to 1e-5 of the value range, and exactly where
// values are only moved. Inside, arrays are MONAI's: axes (channel, i, j, k), C order, so k runs fastest, and
// the affine is RAS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/model/plan.hpp"
#include "radbatch/volume/region.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// The network's input for one image: `shape` is [items, channels, spatial...], C order, float32. One item
/// unless the plan extracts slices or the volume has frames.
struct PreparedTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  std::string axes;                ///< e.g. "N,C,R,A,S" after Orientation RAS; "N,C,i,j" for a picture
  Affine affine_ras;               ///< spatial index of the prepared grid -> RAS mm
  std::vector<std::string> flags;  ///< "W_NONFINITE_FILLED"
  Json trace;                      ///< per step: {"name", "shape", "spacing_mm"}; what `radbatch why` shows
};

struct PrepareOptions {
  bool reference = false;        ///< one step after the other, for comparison
  std::size_t threads = 1;       ///< of the fused executor; the result does not depend on it
  std::optional<Region> region;  ///< the part of the image that the case means, for CropToRegion
  /// Gives the memory for that many values once the tensor's size is known; `values` then stays empty.
  std::function<std::span<float>(std::size_t)> output;
};

/// Throws Error(Reason::prepare) that names the step and what it expected, Error(Reason::channels),
/// Error(Reason::gantry_tilt) for a resampling step on a sheared grid, Error(Reason::nonfinite).
PreparedTensor prepare(const Volume& volume, const Plan& plan, const PrepareOptions& options = {});

/// Puts the items of another frame behind those of `all` (empty at first). Throws Error(Reason::prepare) when
/// they differ in shape, Error(Reason::too_large) beyond `max_bytes`.
void append(PreparedTensor& all, PreparedTensor frame, std::uint64_t max_bytes);

}  // namespace radbatch
