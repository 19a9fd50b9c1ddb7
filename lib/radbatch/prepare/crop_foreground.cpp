// CropForeground: MONAI's generate_spatial_bounding_box, then a crop and, where the box leaves the image, a
// pad.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/extent.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

std::function<bool(float)> selector(const step::CropForeground& s) {
  const auto threshold = static_cast<float>(s.threshold.value_or(0));
  switch (s.select_fn) {
    case step::Foreground::below:
      return [=](float v) { return v < threshold; };
    case step::Foreground::nonzero:
      return [](float v) { return v != 0; };
    default:
      return [=](float v) { return v > threshold; };
  }
}

/// Index range [begin, end) per spatial axis.
struct Box {
  Extent begin{INT64_MAX, INT64_MAX, INT64_MAX};
  Extent end{};
};

void extend_box(Box& box, const Image& channel, const std::function<bool(float)>& selected) {
  const float* values = channel.data();
  for (std::int64_t i = 0; i < channel.shape[1]; ++i) {
    for (std::int64_t j = 0; j < channel.shape[2]; ++j) {
      for (std::int64_t k = 0; k < channel.shape[3]; ++k) {
        if (!selected(values[i * channel.strides[1] + j * channel.strides[2] + k * channel.strides[3]]))
          continue;
        const Extent at{i, j, k};
        for (int a = 0; a < 3; ++a) {
          box.begin[a] = std::min(box.begin[a], at[a]);
          box.end[a] = std::max(box.end[a], at[a] + 1);
        }
      }
    }
  }
}

Box foreground(const Image& image, const step::CropForeground& s) {
  step::Sizes channels = s.channel_indices;
  if (channels.empty()) {
    for (std::int64_t c = 0; c < image.shape[0]; ++c) channels.push_back(c);
  }
  Box box;
  for (const std::int64_t channel : channels) {
    const std::int64_t at = channel < 0 ? channel + image.shape[0] : channel;
    if (at < 0 || at >= image.shape[0])
      throw Error(Reason::channels,
                  fmt::format("channel_indices names {}, the image has {}", channel, image.shape[0]));
    extend_box(box, channel_of(image, at), selector(s));
  }
  if (box.end == Extent{})
    throw Error(Reason::prepare, fmt::format("no voxel of {} is foreground", canonical(shape_json(image))),
                "MONAI would go on with an empty image; see select_fn and the steps before");
  return box;
}

void adjust(Box& box, const Image& image, const step::CropForeground& s) {
  for (int a = 0; a < image.dims; ++a) {
    const std::int64_t margin = s.margin.empty() ? 0 : value_at(s.margin, a);
    const std::int64_t k = s.k_divisible.empty() ? 1 : value_at(s.k_divisible, a);
    box.begin[a] -= margin;
    box.end[a] += margin;
    if (s.allow_smaller) {
      box.begin[a] = std::max<std::int64_t>(box.begin[a], 0);
      box.end[a] = std::min(box.end[a], image.shape[a + 1]);
    }
    const std::int64_t n = box.end[a] - box.begin[a];
    const std::int64_t size = k > 0 ? (n + k - 1) / k * k : n;
    box.begin[a] -= (size - n) / 2;
    box.end[a] = box.begin[a] + size;
  }
}

}  // namespace

void apply(Image& image, const step::CropForeground& s) {
  if (!s.margin.empty()) require_values(image, s.margin.size(), "margin");
  if (!s.k_divisible.empty()) require_values(image, s.k_divisible.size(), "k_divisible");
  Box box = foreground(image, s);
  adjust(box, image, s);
  const Extent n = spatial_size(image);
  Extent start{}, size{}, low{}, high{};
  for (int a = 0; a < 3; ++a) {
    start[a] = std::max<std::int64_t>(box.begin[a], 0);
    size[a] = box.end[a] - start[a];
    low[a] = std::max<std::int64_t>(-box.begin[a], 0);
    high[a] = std::max<std::int64_t>(box.end[a] - n[a], 0);
  }
  crop(image, start, size);
  pad(image, low, high, s.mode, s.value);
}

}  // namespace radbatch::prepare_detail
