// .bval and .bvec: the gradients of a diffusion image, in FSL's convention, beside its NIfTI.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "radbatch/base/json.hpp"

namespace radbatch {

struct GradientTable {
  std::string bval;  ///< one line: s/mm2 of each frame
  std::string bvec;  ///< three lines: x, y and z of each frame
};

/// From the facts "b_values" and "b_directions" (LPS; empty where there is none) of an image over `frames`
/// time points whose stored axes are `affine_lps` (4 x 4, rows). Nothing where no frame is weighted or the
/// facts do not fit the frames.
///
/// FSL (FDT user guide, "bvecs"): unit vectors along the voxel axes, with x negated where the determinant of
/// the voxel-to-world matrix is positive; frames without a direction have zeros.
std::optional<GradientTable> gradient_table(const Json& facts, const Json& affine_lps, std::int64_t frames);

}  // namespace radbatch
