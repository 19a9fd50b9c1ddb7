// One function per step of the plan: MONAI's semantics on one image. Each throws Error(Reason::prepare) that
// says what the step expected.
#pragma once

#include "radbatch/model/plan.hpp"
#include "radbatch/prepare/image.hpp"

namespace radbatch::prepare_detail {

// orientation.cpp, spacing.cpp: where voxels lie
void apply(Image& image, const step::Orientation& step);
void apply(Image& image, const step::Spacing& step);

// resize.cpp: another number of voxels on the same extent
void apply(Image& image, const step::Resize& step);

// arrange.cpp: which voxels, in which order
void apply(Image& image, const step::CenterSpatialCrop& step);
void apply(Image& image, const step::UltrasoundRegion& step);
void apply(Image& image, const step::SpatialPad& step);
void apply(Image& image, const step::ResizeWithPadOrCrop& step);
void apply(Image& image, const step::RepeatChannel& step);
void apply(Image& image, const step::SqueezeDim& step);
void apply(Image& image, const step::Transpose& step);

// region.cpp: around the region of the case
void apply(Image& image, const step::CropToRegion& step);

// intensity.cpp: values
void apply(Image& image, const step::ScaleIntensityRange& step);
void apply(Image& image, const step::ScaleIntensityRangePercentiles& step);
void apply(Image& image, const step::ScaleIntensity& step);
void apply(Image& image, const step::NormalizeIntensity& step);
void apply(Image& image, const step::Grayscale& step);

/// `wanted` for every spatial axis of the image: one value repeated, values <= 0 replaced by the image's
/// size. `field` names the parameter in the message.
std::array<std::int64_t, 3> sizes_for(const Image& image, const step::Sizes& wanted, const char* field);

}  // namespace radbatch::prepare_detail
