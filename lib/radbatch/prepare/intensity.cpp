// Values. Arithmetic is float32 with one rounding per operation, as torch does it: parity is then bit for
// bit.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/percentile.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

using OptionalNumber = std::optional<double>;

/// ScaleIntensityRange: (v - a_min) / (a_max - a_min) * (b_max - b_min) + b_min, then clip.
struct RangeMap {
  float a_min = 0, a_range = 0;
  OptionalNumber b_min, b_max;
  bool clip = false;

  void operator()(Image& image) const {
    if (a_range == 0) return subtract_only(image);
    const bool maps = b_min && b_max;
    const float gain = maps ? static_cast<float>(*b_max - *b_min) : 1.0f;
    const float shift = maps ? static_cast<float>(*b_min) : 0.0f;
    const float low = clip && b_min ? static_cast<float>(*b_min) : -std::numeric_limits<float>::infinity();
    const float high = clip && b_max ? static_cast<float>(*b_max) : std::numeric_limits<float>::infinity();
    const float from = a_min;
    const float range = a_range;
    change_values(image, [=](float v) {
      v = (v - from) / range;
      if (maps) v = v * gain + shift;
      return std::min(std::max(v, low), high);
    });
  }
  /// An empty input range: MONAI warns, subtracts, and clips nothing.
  void subtract_only(Image& image) const {
    const float from = a_min;
    const float shift = b_min ? static_cast<float>(*b_min) : 0.0f;
    const bool shifts = b_min.has_value();
    change_values(image, [=](float v) { return shifts ? (v - from) + shift : v - from; });
  }
};

/// The percentile of `values`, which it reorders.
float percentile(std::vector<float>& values, double percent) {
  const PercentileRank rank = rank_of(static_cast<std::int64_t>(values.size()), percent);
  const auto below = values.begin() + rank.below;
  std::nth_element(values.begin(), below, values.end());
  return between(*below, rank.is_whole ? *below : *std::min_element(below + 1, values.end()), rank);
}

void scale_by_percentiles(Image& image, const step::ScaleIntensityRangePercentiles& s) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(image.count()));
  for_each_value(image, [&](float v) { values.push_back(v); });
  RangeMap map{percentile(values, s.lower), 0, s.b_min, s.b_max, s.clip};
  map.a_range = percentile(values, s.upper) - map.a_min;
  if (s.relative) {
    map.b_min = (*s.b_max - *s.b_min) * (s.lower / 100.0) + *s.b_min;
    map.b_max = (*s.b_max - *s.b_min) * (s.upper / 100.0) + *s.b_min;
  }
  map(image);
}

void rescale(Image& image, const OptionalNumber& minv, const OptionalNumber& maxv) {
  float low = std::numeric_limits<float>::infinity();
  float high = -low;
  for_each_value(image, [&](float v) {
    low = std::min(low, v);
    high = std::max(high, v);
  });
  if (low == high) {
    const float factor = minv ? static_cast<float>(*minv) : 1.0f;
    return change_values(image, [=](float v) { return v * factor; });
  }
  const float range = high - low;
  if (!minv || !maxv) return change_values(image, [=](float v) { return (v - low) / range; });
  const float gain = static_cast<float>(*maxv - *minv);
  const float shift = static_cast<float>(*minv);
  change_values(image, [=](float v) { return (v - low) / range * gain + shift; });
}

/// Mean and population standard deviation, summed in float64 (torch sums float32 in blocks).
struct Moments {
  double mean = 0, deviation = 0;
  std::int64_t n = 0;
};

Moments moments(const Image& image, bool nonzero) {
  Moments m;
  double sum = 0;
  for_each_value(image, [&](float v) {
    if (nonzero && v == 0) return;
    sum += v;
    ++m.n;
  });
  if (m.n == 0) return m;
  m.mean = sum / static_cast<double>(m.n);
  double squares = 0;
  for_each_value(image, [&](float v) {
    if (!nonzero || v != 0) squares += (v - m.mean) * (v - m.mean);
  });
  m.deviation = std::sqrt(squares / static_cast<double>(m.n));
  return m;
}

void normalize(Image& image, bool nonzero, OptionalNumber subtrahend, OptionalNumber divisor) {
  const Moments found = subtrahend && divisor && !nonzero ? Moments{0, 0, 1} : moments(image, nonzero);
  if (found.n == 0) return;
  const float sub = static_cast<float>(subtrahend.value_or(found.mean));
  const float div = static_cast<float>(divisor.value_or(found.deviation));
  const float by = div == 0 ? 1.0f : div;
  change_values(image, [=](float v) { return nonzero && v == 0 ? v : (v - sub) / by; });
}

template <class Function>
void per_channel(Image& image, bool channel_wise, Function f) {
  own_values(image);
  if (!channel_wise) return f(image, 0);
  for (std::int64_t c = 0; c < image.shape[0]; ++c) {
    Image one = channel_of(image, c);
    f(one, c);
  }
}

OptionalNumber at_channel(const std::vector<double>& values, std::int64_t channel) {
  return values.empty() ? std::nullopt : OptionalNumber(values[static_cast<std::size_t>(channel)]);
}

void require_one_per_channel(const Image& image, const std::vector<double>& values, const char* field) {
  if (values.empty() || static_cast<std::int64_t>(values.size()) == image.shape[0]) return;
  throw Error(Reason::channels, fmt::format("{} has {} values, the image has {} channels", field,
                                            values.size(), image.shape[0]));
}

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

}  // namespace

void apply(Image& image, const step::ScaleIntensityRange& s) {
  own_values(image);
  RangeMap{static_cast<float>(s.a_min), static_cast<float>(s.a_max - s.a_min), s.b_min, s.b_max,
           s.clip}(image);
}

void apply(Image& image, const step::ScaleIntensityRangePercentiles& s) {
  per_channel(image, s.channel_wise, [&](Image& part, std::int64_t) { scale_by_percentiles(part, s); });
}

void apply(Image& image, const step::ScaleIntensity& s) {
  if (s.minv || s.maxv)
    return per_channel(image, s.channel_wise,
                       [&](Image& part, std::int64_t) { rescale(part, s.minv, s.maxv); });
  if (!s.factor) return;
  own_values(image);
  const float factor = static_cast<float>(1.0 + *s.factor);
  change_values(image, [=](float v) { return v * factor; });
}

void apply(Image& image, const step::NormalizeIntensity& s) {
  if (s.channel_wise) {
    require_one_per_channel(image, s.subtrahend, "subtrahend");
    require_one_per_channel(image, s.divisor, "divisor");
  }
  per_channel(image, s.channel_wise, [&](Image& part, std::int64_t c) {
    normalize(part, s.nonzero, at_channel(s.subtrahend, c), at_channel(s.divisor, c));
  });
}

void apply(Image& image, const step::Grayscale&) {
  if (image.shape[0] == 1) return;
  if (image.shape[0] != 3)
    throw Error(Reason::channels,
                fmt::format("Grayscale takes 1 or 3 channels, the image has {}", image.shape[0]));
  Image gray = empty_like(image, {1, image.shape[1], image.shape[2], image.shape[3]});
  const std::array<std::int64_t, 4>& in = image.strides;
  for (std::int64_t i = 0; i < image.shape[1]; ++i) {
    for (std::int64_t j = 0; j < image.shape[2]; ++j) {
      for (std::int64_t k = 0; k < image.shape[3]; ++k) {
        const float* rgb = image.data() + i * in[1] + j * in[2] + k * in[3];
        gray.data()[i * gray.strides[1] + j * gray.strides[2] + k * gray.strides[3]] =
            luma(rgb[0], rgb[in[0]], rgb[2 * in[0]]);
      }
    }
  }
  image = std::move(gray);
}

}  // namespace radbatch::prepare_detail
