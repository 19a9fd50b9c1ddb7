// One function per step of the plan: MONAI's semantics on one image. Each throws Error(Reason::prepare) that
// says what the step expected.
#pragma once

#include <cstdint>
#include <vector>

#include "radbatch/model/plan.hpp"
#include "radbatch/prepare/image.hpp"

namespace radbatch::prepare_detail {

// orientation.cpp, spacing.cpp: where voxels lie
void apply(Image& image, const step::Orientation& step);
void apply(Image& image, const step::Flip& step);
void apply(Image& image, const step::Rotate90& step);
void apply(Image& image, const step::Spacing& step);

// resize.cpp: another number of voxels on the same extent
void apply(Image& image, const step::Resize& step);
void apply(Image& image, const step::Zoom& step);

// crop_pad.cpp, crop_foreground.cpp: which voxels
void apply(Image& image, const step::CenterSpatialCrop& step);
void apply(Image& image, const step::CenterScaleCrop& step);
void apply(Image& image, const step::SpatialCrop& step);
void apply(Image& image, const step::UltrasoundRegion& step);
void apply(Image& image, const step::SpatialPad& step);
void apply(Image& image, const step::ResizeWithPadOrCrop& step);
void apply(Image& image, const step::BorderPad& step);
void apply(Image& image, const step::DivisiblePad& step);
void apply(Image& image, const step::CropForeground& step);

// torchvision.cpp, torchxrayvision.cpp: other libraries' steps on pictures whose first axis runs down the
// rows
void apply(Image& image, const step::TorchvisionResize& step);
void apply(Image& image, const step::TorchvisionCenterCrop& step);
void apply(Image& image, const step::XRayCenterCrop& step);
void apply(Image& image, const step::XRayResizer& step);

// projection.cpp: ours
void apply(Image& image, const step::MaximumProjection& step);

// arrange.cpp: which channels and axes, in which order
void apply(Image& image, const step::RepeatChannel& step);
void apply(Image& image, const step::SqueezeDim& step);
void apply(Image& image, const step::Transpose& step);

// conversion.cpp: the type or range that values are held in
void apply(Image& image, const step::EnsureType& step);
void apply(Image& image, const step::CastToType& step);
void apply(Image& image, const step::ToTensor& step);
void apply(Image& image, const step::TorchvisionToTensor& step);
void apply(Image& image, const step::TorchvisionConvertImageDtype& step);
void apply(Image& image, const step::TorchvisionToDtype& step);
void apply(Image& image, const step::TorchxrayvisionNormalize& step);

// contrast.cpp: values by threshold, histogram, gamma and window
void apply(Image& image, const step::ThresholdIntensity& step);
void apply(Image& image, const step::ClipIntensityPercentiles& step);
void apply(Image& image, const step::HistogramNormalize& step);
void apply(Image& image, const step::ShiftIntensity& step);
void apply(Image& image, const step::AdjustContrast& step);

// window.cpp
void apply(Image& image, const step::WindowLevel& step);

// colour.cpp: channels of colour
void apply(Image& image, const step::Grayscale& step);
void apply(Image& image, const step::TorchvisionGrayscale& step);
void apply(Image& image, const step::TorchvisionNormalize& step);
// region.cpp: around the region of the case
void apply(Image& image, const step::CropToRegion& step);

// intensity.cpp: values
void apply(Image& image, const step::ScaleIntensityRange& step);
void apply(Image& image, const step::ScaleIntensityRangePercentiles& step);
void apply(Image& image, const step::ScaleIntensity& step);
void apply(Image& image, const step::NormalizeIntensity& step);

/// The parameter's value for a spatial axis; a single one stands for all axes.
template <class Value>
Value value_at(const std::vector<Value>& values, int axis) {
  return values[values.size() == 1 ? 0 : static_cast<std::size_t>(axis)];
}
/// Throws Error(Reason::prepare) unless the parameter has one value, or one per spatial axis.
void require_values(const Image& image, std::size_t n, const char* field);
/// A picture as torchvision and TorchXRayVision see it: rows first. Throws Error(Reason::prepare) for volumes
/// and for pictures in MONAI's order.
void require_rows_first(const Image& image);
/// `wanted` for every spatial axis of the image: one value repeated, values <= 0 replaced by the image's
/// size. `field` names the parameter in the message.
std::array<std::int64_t, 3> sizes_for(const Image& image, const step::Sizes& wanted, const char* field);

}  // namespace radbatch::prepare_detail
