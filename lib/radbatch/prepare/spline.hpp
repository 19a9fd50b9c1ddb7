// scipy.ndimage.map_coordinates: spline interpolation of order 0, 1 or 3, which MONAI uses for integer modes.
#pragma once

#include "radbatch/prepare/extent.hpp"

namespace radbatch::prepare_detail {

/// Samples at input index = mapping(output index), in float64, rounded once. Order 3 passes through the
/// voxels (prefilter). Padding border is scipy's "nearest", zeros "constant", reflection "reflect" (=
/// "grid-mirror"). Throws Error(Reason::too_large).
Image sample_spline(const Image& image, const Affine& mapping, const Extent& size, int order,
                    step::SamplePadding padding);

/// The mapping as MONAI's Resample hands it to map_coordinates when align_corners is true: both grids
/// stretched from the voxels' outer edges to their centres.
Affine with_aligned_corners(const Affine& mapping, const Image& image, const Extent& size);

}  // namespace radbatch::prepare_detail
