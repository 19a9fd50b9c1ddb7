// Real World Value maps (PS3.3 C.7.6.16.2.11): a second way from stored values to physical ones, beside the
// rescale.
//
// The rescale is what everybody applies, and so do we. Where a map says something else (an MR as diffusivity,
// a CT as density) the image says so, because its values are then not in the units that the header promises.
// Internal to the module.
#pragma once

#include <span>

#include "radbatch/base/json.hpp"

class DcmItem;

namespace radbatch {

/// Adds of the first map in `places` (a data set, functional groups): RealWorldValueSlope and
/// RealWorldValueIntercept of a linear one, RealWorldValueUnits (the code, UCUM), and RealWorldValuesApplied:
/// whether the rescale of the same places is that very map. Nothing without a map.
void add_real_world_map(std::span<DcmItem* const> places, Json& header);

}  // namespace radbatch
