// The image as the training code's reader gave it: LoadImage and EnsureChannelFirst.
#pragma once

#include "radbatch/model/plan.hpp"
#include "radbatch/prepare/image.hpp"

namespace radbatch::prepare_detail {

/// What a plan says of reading; MONAI's defaults where it has no such step.
struct Loading {
  step::LoadImage load;
  step::EnsureChannelFirst channels;
};
/// `image`: of a plan of several images, which one; a step without keys is about all.
Loading loading_of(const Plan& plan, const std::string& image = {});

/// How many images the steps after it get of a volume: its frames, or one where they are channels.
std::int64_t images_of(const Volume& volume, const Loading& loading);

struct LoadedImage {
  Image image;
  std::int64_t filled = 0;  ///< values that were NaN or infinite
};
/// Whether the frames of the volume become the channels of one image. Throws Error(Reason::channels) where
/// the channels are not on the axis that the plan names.
bool joins_frames(const Volume& volume, const Loading& loading);
/// What the reader of the training code did differently from radbatch's: axes and affine, no values.
/// Throws Error(Reason::dimension) for a volume where a reader of pictures turns axes.
void apply_reader(Image& image, const step::LoadImage& load, bool has_geometry);

/// Throws Error(Reason::nonfinite) for NaN and infinity without a number to fill them with,
/// Error(Reason::channels) where the channels are not on the axis that the plan names,
/// Error(Reason::dimension) for a volume where a reader of pictures turns axes.
LoadedImage load_image(const Volume& volume, std::int64_t frame, const Loading& loading);

/// As conversions of torch and numpy: whole numbers by truncation towards zero and, outside the type, modulo
/// its range; float16 and bfloat16 rounded to the nearest, ties to even. Throws Error(Reason::range) where
/// the conversion is not defined the same everywhere (beyond 2^31) or gives infinity.
void convert_values(Image& image, step::NumberType type);

}  // namespace radbatch::prepare_detail
