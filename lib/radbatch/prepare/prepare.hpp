// Execution of a plan: from a volume as read to the tensor the network takes.
//
// Correct before fast: one step after the other, in MONAI's conventions and MONAI's numbers (tests/parity
// holds the golden files). Inside, arrays are MONAI's: axes (channel, i, j, k), C order, so k runs fastest,
// and the affine is RAS.
#pragma once

#include <cstdint>
#include <optional>
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
  std::string axes;   ///< e.g. "N,C,R,A,S" after Orientation RAS; "N,C,i,j" for a picture
  Affine affine_ras;  ///< spatial index of the prepared grid -> RAS mm
  Json trace;         ///< per step: {"name", "shape", "spacing_mm"}; what `radbatch why` shows
};

/// `region` is the part of the image that the case means, for CropToRegion.
/// Throws Error(Reason::prepare) that names the step and what it expected, Error(Reason::channels),
/// Error(Reason::gantry_tilt) for a resampling step on a sheared grid, Error(Reason::nonfinite).
PreparedTensor prepare(const Volume& volume, const Plan& plan, const std::optional<Region>& region = {});

/// Puts the items of another frame behind those of `all` (empty at first). Throws Error(Reason::prepare) when
/// they differ in shape, Error(Reason::too_large) beyond `max_bytes`.
void append(PreparedTensor& all, PreparedTensor frame, std::uint64_t max_bytes);

}  // namespace radbatch
