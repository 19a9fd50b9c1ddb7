// torchvision's Resize and CenterCrop on (channel, row, column).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/interpolate.hpp"
#include "radbatch/prepare/pil_resize.hpp"
#include "radbatch/prepare/resample.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

/// torchvision's _compute_resized_output_size: (height, width, 1). Products in integers, the quotient
/// truncated.
Extent resized(const Image& image, const step::TorchvisionResize& s) {
  if (s.size.size() == 2) return {s.size[0], s.size[1], 1};
  const std::int64_t h = image.shape[1], w = image.shape[2];
  const double shorter = static_cast<double>(std::min(h, w)), longer = static_cast<double>(std::max(h, w));
  double new_short = 0, new_long = 0;
  if (s.size.empty()) {
    new_long = static_cast<double>(*s.max_size);
    new_short = std::trunc(new_long * shorter / longer);
  } else {
    new_short = static_cast<double>(s.size[0]);
    new_long = std::trunc(new_short * longer / shorter);
    if (s.max_size && new_long > static_cast<double>(*s.max_size)) {
      new_short = std::trunc(static_cast<double>(*s.max_size) * new_short / new_long);
      new_long = static_cast<double>(*s.max_size);
    }
  }
  if (new_short < 1)
    throw Error(Reason::prepare,
                fmt::format("the shorter edge of {} would have no pixel left", canonical(shape_json(image))));
  const auto a = static_cast<std::int64_t>(new_short), b = static_cast<std::int64_t>(new_long);
  return w <= h ? Extent{b, a, 1} : Extent{a, b, 1};
}

float triangle(float x) {
  return std::max(1 - std::abs(x), 0.0f);
}
/// Keys' cubic convolution with a = -0.5, as torch and Pillow antialias.
float cubic(float x) {
  x = std::abs(x);
  if (x < 1) return (1.5f * x - 2.5f) * x * x + 1;
  if (x < 2) return ((x - 5) * x + 8) * x * -0.5f + 2;
  return 0;
}

/// torch's weights with antialias: the filter is stretched over the input pixels that an output pixel covers.
AxisTaps antialias_taps(std::int64_t n, std::int64_t size, bool bicubic) {
  const float scale = static_cast<float>(n) / static_cast<float>(size);
  const float support = (bicubic ? 2.0f : 1.0f) * std::max(scale, 1.0f);
  const float inverse = scale >= 1 ? 1 / scale : 1;
  const auto most = static_cast<std::int64_t>(std::ceil(support)) * 2 + 1;
  AxisTaps taps{static_cast<int>(most), {}, {}};
  for (std::int64_t o = 0; o < size; ++o) {
    const float centre = scale * (static_cast<float>(o) + 0.5f);
    const auto first = std::max<std::int64_t>(static_cast<std::int64_t>(centre - support + 0.5f), 0);
    const auto end = std::min<std::int64_t>(static_cast<std::int64_t>(centre + support + 0.5f), n);
    std::vector<float> weights(static_cast<std::size_t>(most), 0.0f);
    float sum = 0;
    for (std::int64_t i = first; i < end && i < first + most; ++i) {
      const float x = (static_cast<float>(i) - centre + 0.5f) * inverse;
      sum += weights[static_cast<std::size_t>(i - first)] = bicubic ? cubic(x) : triangle(x);
    }
    for (std::int64_t t = 0; t < most; ++t)
      taps.add(std::min(first + t, n - 1), sum == 0 ? 0 : weights[static_cast<std::size_t>(t)] / sum);
  }
  return taps;
}

Image antialiased(const Image& image, const Extent& size, bool bicubic) {
  return sample_separable(image, {antialias_taps(image.shape[1], size[0], bicubic),
                                  antialias_taps(image.shape[2], size[1], bicubic), identity_taps(1)});
}

Image resize_picture(const Image& image, const Extent& size, const step::TorchvisionResize& s) {
  const bool bicubic = s.interpolation == step::ResizeMode::bicubic;
  if (s.of == step::ImageKind::pil)
    return pil_resize(image, size[0], size[1], bicubic ? PilFilter::bicubic : PilFilter::bilinear);
  const bool smooth = bicubic || s.interpolation == step::ResizeMode::bilinear;
  if (smooth && s.antialias) return antialiased(image, size, bicubic);
  return interpolate(image, size, {s.interpolation, false, step::DataType::float32});
}

/// Python's round: half to even.
std::int64_t centred(std::int64_t n, std::int64_t size) {
  return static_cast<std::int64_t>(std::nearbyint(static_cast<double>(n - size) / 2));
}

}  // namespace

void require_rows_first(const Image& image) {
  if (image.dims != 2)
    throw Error(Reason::prepare,
                fmt::format("the step is for pictures, the image has shape {}", canonical(shape_json(image))),
                "ExtractSlices makes pictures of a volume");
  if (image.axes[0] == "i" && image.axes[1] == "j")
    throw Error(Reason::prepare,
                "the step takes rows first, and the picture is in MONAI's order, width first",
                R"(put {"name": "Transpose", "indices": [0, 2, 1]} before it)");
}

void apply(Image& image, const step::TorchvisionResize& s) {
  require_rows_first(image);
  const Extent size = resized(image, s);
  if (size == spatial_size(image)) return;
  require_allocatable({image.shape[0], size[0], size[1], 1});
  const Affine step = scaling(image, size, false);
  image = resize_picture(image, size, s);
  move_affine(image, step);
}

void apply(Image& image, const step::TorchvisionCenterCrop& s) {
  require_rows_first(image);
  const Extent size{value_at(s.size, 0), value_at(s.size, 1), 1};
  Extent low{}, high{}, start{};
  for (int a = 0; a < 2; ++a) {
    const std::int64_t missing = std::max<std::int64_t>(size[a] - image.shape[a + 1], 0);
    low[a] = missing / 2;
    high[a] = (missing + 1) / 2;
  }
  pad(image, low, high, step::PadMode::constant, 0);
  for (int a = 0; a < 2; ++a) start[a] = centred(image.shape[a + 1], size[a]);
  crop(image, start, size);
}

}  // namespace radbatch::prepare_detail
