// Values. Arithmetic is float32 with one rounding per operation, as torch does it: parity is then bit for
// bit.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/loading.hpp"
#include "radbatch/prepare/statistics.hpp"
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

void scale_by_percentiles(Image& image, const step::ScaleIntensityRangePercentiles& s) {
  std::vector<float> values = values_of(image);
  RangeMap map{percentile(values, s.lower), 0, s.b_min, s.b_max, s.clip};
  map.a_range = percentile(values, s.upper) - map.a_min;
  if (s.relative) {
    map.b_min = (*s.b_max - *s.b_min) * (s.lower / 100.0) + *s.b_min;
    map.b_max = (*s.b_max - *s.b_min) * (s.upper / 100.0) + *s.b_min;
  }
  map(image);
}

void rescale(Image& image, const OptionalNumber& minv, const OptionalNumber& maxv) {
  const auto [lowest, highest] = extremes(image);
  const float low = lowest, high = highest;
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

OptionalNumber at_channel(const std::vector<double>& values, std::int64_t channel) {
  return values.empty() ? std::nullopt : OptionalNumber(values[static_cast<std::size_t>(channel)]);
}

void require_one_per_channel(const Image& image, const std::vector<double>& values, const char* field) {
  if (values.empty() || static_cast<std::int64_t>(values.size()) == image.shape[0]) return;
  throw Error(Reason::channels, fmt::format("{} has {} values, the image has {} channels", field,
                                            values.size(), image.shape[0]));
}

}  // namespace

void apply(Image& image, const step::ScaleIntensityRange& s) {
  own_values(image);
  const auto a_range = static_cast<float>(s.a_max - s.a_min);
  RangeMap{static_cast<float>(s.a_min), a_range, s.b_min, s.b_max, s.clip}(image);
  // MONAI returns before its conversion where the input range is empty.
  if (s.dtype && a_range != 0) convert_values(image, *s.dtype);
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

}  // namespace radbatch::prepare_detail
