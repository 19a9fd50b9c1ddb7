#include "radbatch/prepare/pil_resize.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "radbatch/base/error.hpp"

namespace radbatch::prepare_detail {
namespace {

/// Bits after the point of Pillow's weights.
constexpr int precision = 32 - 8 - 2;

double triangle(double x) {
  return std::max(1 - std::abs(x), 0.0);
}
/// Keys' cubic convolution with a = -0.5.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/// The input pixels from `first` on that make one output pixel, and their weights.
struct Window {
  std::int64_t first = 0;
  std::vector<int> weights;
};

std::vector<Window> windows(std::int64_t n, std::int64_t size, PilFilter filter) {
  const double scale = static_cast<double>(static_cast<float>(n)) / static_cast<double>(size);
  const double stretch = std::max(scale, 1.0);
  const double support = (filter == PilFilter::bilinear ? 1.0 : 2.0) * stretch;
  std::vector<Window> all;
  for (std::int64_t o = 0; o < size; ++o) {
    const double centre = (static_cast<double>(o) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(static_cast<std::int64_t>(centre - support + 0.5), 0);
    const auto end = std::min<std::int64_t>(static_cast<std::int64_t>(centre + support + 0.5), n);
    std::vector<double> weights;
    double sum = 0;
    for (std::int64_t i = first; i < end; ++i) {
      const double x = (static_cast<double>(i) - centre + 0.5) * (1.0 / stretch);
      weights.push_back(filter == PilFilter::bilinear ? triangle(x) : cubic(x));
      sum += weights.back();
    }
    Window window{first, {}};
    for (const double weight : weights) {
      const double fixed = (sum != 0 ? weight / sum : weight) * (1 << precision);
      window.weights.push_back(static_cast<int>(fixed < 0 ? fixed - 0.5 : fixed + 0.5));
    }
    all.push_back(std::move(window));
  }
  return all;
}

std::uint8_t weighted(const std::uint8_t* values, std::int64_t stride, const Window& window) {
  int sum = 1 << (precision - 1);
  for (std::size_t i = 0; i < window.weights.size(); ++i)
    sum += values[(window.first + static_cast<std::int64_t>(i)) * stride] * window.weights[i];
  return static_cast<std::uint8_t>(std::clamp(sum >> precision, 0, 255));
}

/// Rows of columns.
struct Picture {
  std::int64_t height = 0, width = 0;
  std::vector<std::uint8_t> pixels;
};

Picture picture_of(const Image& channel) {
  Picture picture{channel.shape[1], channel.shape[2], {}};
  for (std::int64_t y = 0; y < picture.height; ++y) {
    for (std::int64_t x = 0; x < picture.width; ++x) {
      const float value = channel.data()[y * channel.strides[1] + x * channel.strides[2]];
      if (!(value >= 0 && value <= 255) || value != std::floor(value))
        throw Error(
            Reason::prepare,
            fmt::format("of: \"pil\" takes stored values of 8 bits, whole and 0 to 255, and met {}", value),
            "put it before the intensity steps, or write of: \"tensor\"");
      picture.pixels.push_back(static_cast<std::uint8_t>(value));
    }
  }
  return picture;
}

Picture resized_rows(const Picture& in, std::int64_t width, PilFilter filter) {
  if (width == in.width) return in;
  Picture out{in.height, width, {}};
  const std::vector<Window> along = windows(in.width, width, filter);
  for (std::int64_t y = 0; y < in.height; ++y) {
    for (const Window& window : along) out.pixels.push_back(weighted(&in.pixels[y * in.width], 1, window));
  }
  return out;
}

Picture resized_columns(const Picture& in, std::int64_t height, PilFilter filter) {
  if (height == in.height) return in;
  Picture out{height, in.width, {}};
  for (const Window& window : windows(in.height, height, filter)) {
    for (std::int64_t x = 0; x < in.width; ++x)
      out.pixels.push_back(weighted(&in.pixels[static_cast<std::size_t>(x)], in.width, window));
  }
  return out;
}

/// Pillow 13: columns first where the height shrinks by more than twice what the width does. Until Pillow 12
/// rows were always first; the roundings between differ.
Picture resized(const Picture& in, std::int64_t height, std::int64_t width, PilFilter filter) {
  const std::int64_t shrinks = in.height - height;
  if (shrinks > 0 && shrinks > 2 * (in.width - width))
    return resized_rows(resized_columns(in, height, filter), width, filter);
  return resized_columns(resized_rows(in, width, filter), height, filter);
}

}  // namespace

Image pil_resize(const Image& image, std::int64_t height, std::int64_t width, PilFilter filter) {
  Image out = empty_like(image, {image.shape[0], height, width, 1});
  for (std::int64_t c = 0; c < image.shape[0]; ++c) {
    const Picture done = resized(picture_of(channel_of(image, c)), height, width, filter);
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x)
        out.data()[c * out.strides[0] + y * out.strides[1] + x * out.strides[2]] =
            static_cast<float>(done.pixels[static_cast<std::size_t>(y * width + x)]);
    }
  }
  return out;
}

}  // namespace radbatch::prepare_detail
