// Channels of colour: to grey, and torchvision's normalisation of each.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

/// PIL's RGB to L: (19595 R + 38470 G + 7471 B + 0x8000) >> 16.
float luma(float r, float g, float b) {
  const auto whole = [](float v) {
    if (!(v >= 0 && v <= 65535 && v == std::floor(v)))
      throw Error(Reason::prepare,
                  fmt::format("Grayscale takes stored colour values, whole and 0 to 65535, and met "
                              "{}; put it before the intensity steps",
                              v));
    return static_cast<std::int64_t>(v);
  };
  return static_cast<float>((whole(r) * 19595 + whole(g) * 38470 + whole(b) * 7471 + 0x8000) >> 16);
}

/// torchvision.transforms' of float tensors; v2 sums with fused multiply-add and differs in the last bit.
float weighted(float r, float g, float b) {
  return 0.2989f * r + 0.587f * g + 0.114f * b;
}

/// One channel by f(r, g, b).
template <class Function>
Image grey_of(const Image& image, Function f) {
  Image grey = empty_like(image, {1, image.shape[1], image.shape[2], image.shape[3]});
  const std::array<std::int64_t, 4>& in = image.strides;
  for (std::int64_t i = 0; i < image.shape[1]; ++i) {
    for (std::int64_t j = 0; j < image.shape[2]; ++j) {
      for (std::int64_t k = 0; k < image.shape[3]; ++k) {
        const float* rgb = image.data() + i * in[1] + j * in[2] + k * in[3];
        grey.data()[i * grey.strides[1] + j * grey.strides[2] + k * grey.strides[3]] =
            f(rgb[0], rgb[in[0]], rgb[2 * in[0]]);
      }
    }
  }
  return grey;
}

void require_grey_or_rgb(const Image& image) {
  if (image.shape[0] != 1 && image.shape[0] != 3)
    throw Error(Reason::channels,
                fmt::format("Grayscale takes 1 or 3 channels, the image has {}", image.shape[0]));
}

}  // namespace

void apply(Image& image, const step::Grayscale&) {
  require_grey_or_rgb(image);
  if (image.shape[0] == 3) image = grey_of(image, luma);
}

// A grey image with three wanted channels is repeated, as Pillow and v2 do; v1 leaves such tensors as they
// are.
void apply(Image& image, const step::TorchvisionGrayscale& s) {
  require_grey_or_rgb(image);
  if (image.shape[0] == 3) image = grey_of(image, weighted);
  if (s.num_output_channels > 1) apply(image, step::RepeatChannel{s.num_output_channels});
}

void apply(Image& image, const step::TorchvisionNormalize& s) {
  const std::size_t n = s.mean.size();
  if (n != 1 && static_cast<std::int64_t>(n) != image.shape[0])
    throw Error(Reason::channels,
                fmt::format("mean has {} values, the image has {} channels", n, image.shape[0]));
  own_values(image);
  for (std::int64_t c = 0; c < image.shape[0]; ++c) {
    const std::size_t at = n == 1 ? 0 : static_cast<std::size_t>(c);
    const auto mean = static_cast<float>(s.mean[at]), deviation = static_cast<float>(s.std[at]);
    Image one = channel_of(image, c);
    change_values(one, [=](float v) { return (v - mean) / deviation; });
  }
}

}  // namespace radbatch::prepare_detail
