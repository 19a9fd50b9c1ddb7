// Resampling onto a given grid: MONAI's spatial_resample, which Spacing and ResampleToMatch share.
#pragma once

#include <array>
#include <cstdint>

#include "radbatch/model/plan.hpp"
#include "radbatch/prepare/image.hpp"

namespace radbatch::prepare_detail {

struct Sampling {
  step::SampleMode mode = step::SampleMode::bilinear;
  step::SamplePadding padding_mode = step::SamplePadding::border;
  bool align_corners = false;
};

/// The image, whose index goes to the world by `in`, on the grid of `size` voxels that goes there by `out`.
/// An image that lies there within 0.001 is left as it is.
void resample_to(Image& image, const Affine& in, const Affine& out, const std::array<std::int64_t, 3>& size,
                 const Sampling& sampling);

/// The image on the target's grid, with the target's affine as MONAI's ResampleToMatch gives it. Throws
/// Error(Reason::prepare) when one is a picture and the other a volume.
void match(Image& image, const Image& target, const step::ResampleToMatch& step);

}  // namespace radbatch::prepare_detail
