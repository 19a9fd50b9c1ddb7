// The little linear algebra that orientation and spacing share, in float64.
#pragma once

#include "radbatch/volume/affine.hpp"

namespace radbatch::prepare_detail {

/// a^-1 b by elimination with partial pivoting, as LAPACK's gesv. The last division is a multiplication by
/// the reciprocal, as in OpenBLAS: sizes that fall on a half (20 voxels of 1.2 mm to 0.8 mm) then round as
/// MONAI's do. Throws Error(Reason::bad_header) when a is singular.
Affine solve(Affine a, Affine b);
/// The 3x3 part with columns of length 1 and no translation.
Affine directions(const Affine& ras);

}  // namespace radbatch::prepare_detail
