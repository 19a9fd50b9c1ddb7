// Stacks that are no plain grid made into one: a tilted gantry de-sheared, uneven steps evened out.
//
// This moves and interpolates values, so it happens only where a user asked for it. The matrix of a volume
// keeps a shear exactly, and uneven steps only on average.
#pragma once

#include <cstdint>
#include <span>

#include "radbatch/volume/stack_geometry.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

struct GridFix {
  bool deshear = false;  ///< slices shifted in their plane until the steps stand on it
  bool even =
      false;  ///< slices interpolated at equal steps: the finest common step, stretched to fit the ends
};

/// The volume on a grid of that kind. `positions` are the centres of the first voxels of the slices, LPS mm,
/// ascending along row x column, one for each k.
///
/// Linear in the plane and between slices, along the normal; integer types are rounded to nearest. A
/// de-sheared image grows so that no voxel is lost; what no slice covers gets the smallest value of its time
/// point. Throws Error(Reason::slice_gap) when that step is so small that the image would grow more
/// than eightfold, Error(Reason::too_large) when it would have more than `max_bytes`.
Volume regrid(const Volume& volume, std::span<const Vector3> positions, const GridFix& fix,
              std::uint64_t max_bytes);

}  // namespace radbatch
