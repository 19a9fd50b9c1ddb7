// torch.nn.functional.interpolate on the spatial axes, under Resize, Zoom and torchvision's Resize.
#pragma once

#include "radbatch/prepare/extent.hpp"

namespace radbatch::prepare_detail {

struct Interpolation {
  step::ResizeMode mode = step::ResizeMode::area;
  bool align_corners = false;
  step::DataType dtype = step::DataType::float32;  ///< of the weights; area sums in it
};

/// Throws Error(Reason::prepare) for bicubic on volumes, Error(Reason::too_large).
Image interpolate(const Image& image, const Extent& size, const Interpolation& how);

/// MONAI's scale_affine: new index -> old index when an image's extent is divided into `size` voxels.
Affine scaling(const Image& image, const Extent& size, bool align_corners);

}  // namespace radbatch::prepare_detail
