// The type or range that values are held in: MONAI's casts, torchvision's and TorchXRayVision's ranges.
#include <fmt/format.h>

#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/loading.hpp"
#include "radbatch/prepare/statistics.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

/// torchvision divides by what the type can hold; of other types than 8-bit it would do something else.
void require_8_bit(const Image& image) {
  if (image.stored == SampleType::uint8) return;
  throw Error(Reason::range,
              fmt::format("torchvision makes 0 to 1 of 8-bit pictures, and the image is stored as {}",
                          name(image.stored)),
              "say the range that was trained with: ScaleIntensityRange");
}

double largest_possible(const Image& image, const step::TorchxrayvisionNormalize& s) {
  if (s.maxval) return *s.maxval;
  if (image.display && image.display->largest_stored) return *image.display->largest_stored;
  throw Error(
      Reason::prepare,
      "maxval is \"bits-stored\", and no BitsStored tells the range of the image's values (a picture, "
      "a rescaled, signed or coloured image)",
      "give maxval as a number, 255 for 8-bit pictures");
}

Image mean_of_channels(const Image& image) {
  Image mean = empty_like(image, {1, image.shape[1], image.shape[2], image.shape[3]});
  const auto n = static_cast<float>(image.shape[0]);
  for (std::int64_t i = 0; i < image.shape[1]; ++i) {
    for (std::int64_t j = 0; j < image.shape[2]; ++j) {
      for (std::int64_t k = 0; k < image.shape[3]; ++k) {
        const std::array<std::int64_t, 4>&in = image.strides, &out = mean.strides;
        const float* from = image.data() + i * in[1] + j * in[2] + k * in[3];
        float sum = 0;
        for (std::int64_t c = 0; c < image.shape[0]; ++c) sum += from[c * in[0]];
        mean.data()[i * out[1] + j * out[2] + k * out[3]] = sum / n;
      }
    }
  }
  return mean;
}

}  // namespace

void apply(Image& image, const step::EnsureType& s) {
  if (s.dtype) convert_values(image, *s.dtype);
}

void apply(Image& image, const step::CastToType& s) {
  if (s.dtype) convert_values(image, *s.dtype);
}

void apply(Image& image, const step::ToTensor& s) {
  if (s.dtype) convert_values(image, *s.dtype);
}

void apply(Image& image, const step::TorchvisionToTensor&) {
  require_8_bit(image);
  own_values(image);
  change_values(image, [](float v) { return v / 255.0f; });
}

void apply(Image& image, const step::TorchvisionConvertImageDtype&) {
  apply(image, step::TorchvisionToTensor{});
}

void apply(Image& image, const step::TorchvisionToDtype& s) {
  if (!s.scale) return;
  require_8_bit(image);
  own_values(image);
  // v2 multiplies where the others divide: a last bit here and there.
  change_values(image, [](float v) { return v * static_cast<float>(1.0 / 255.0); });
}

void apply(Image& image, const step::TorchxrayvisionNormalize& s) {
  const double maxval = largest_possible(image, s);
  if (const float high = extremes(image).high; high > maxval)
    throw Error(Reason::range, fmt::format("the largest value is {:g}, maxval is {:g}", high, maxval));
  own_values(image);
  const auto by = static_cast<float>(maxval);
  change_values(image, [=](float v) { return (2.0f * (v / by) - 1.0f) * 1024.0f; });
  if (image.shape[0] == 1 || s.colour == step::XRayColour::keep) return;
  image = s.colour == step::XRayColour::first ? channel_of(image, 0) : mean_of_channels(image);
}

}  // namespace radbatch::prepare_detail
