#include "radbatch/prepare/fused_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/fused_statistics.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

using OptionalNumber = std::optional<double>;

constexpr float infinity = std::numeric_limits<float>::infinity();

/// ScaleIntensityRange. An empty input range only subtracts, and clips nothing.
ValueMap range_map(float a_min, float a_range, OptionalNumber b_min, OptionalNumber b_max, bool clip) {
  ValueMap map;
  map.subtract = a_min;
  if (a_range == 0) {
    map.shift = b_min ? static_cast<float>(*b_min) : 0.0f;
    return map;
  }
  map.divide = a_range;
  if (b_min && b_max) {
    map.gain = static_cast<float>(*b_max - *b_min);
    map.shift = static_cast<float>(*b_min);
  }
  if (clip && b_min) map.low = static_cast<float>(*b_min);
  if (clip && b_max) map.high = static_cast<float>(*b_max);
  return map;
}

/// ScaleIntensity between the values' own extremes. All values equal: times minv, or as they are.
ValueMap extremes_map(const Extremes& found, OptionalNumber minv, OptionalNumber maxv) {
  ValueMap map;
  if (found.low == found.high) {
    map.gain = minv ? static_cast<float>(*minv) : 1.0f;
    return map;
  }
  map.subtract = found.low;
  map.divide = found.high - found.low;
  if (minv && maxv) {
    map.gain = static_cast<float>(*maxv - *minv);
    map.shift = static_cast<float>(*minv);
  }
  return map;
}

/// The image with the map behind the values of channels begin to end - 1.
void push_map(Image& image, std::size_t begin, std::size_t end, const ValueMap& map) {
  Pending pending = *image.pending;
  for (std::size_t c = begin; c < end; ++c) {
    pending.channels[c].after.push_back(map);
    pending.channels[c].fill = map(pending.channels[c].fill);
  }
  image.pending = std::make_shared<const Pending>(std::move(pending));
}

/// make(values of those channels, first channel) for the whole image or for one channel after the other, and
/// the map it gives.
template <class Make>
void map_channels(Image& image, bool channel_wise, Make make) {
  image = settled(image);
  const auto channels = static_cast<std::size_t>(image.shape[0]);
  const std::size_t together = channel_wise ? 1 : channels;
  for (std::size_t c = 0; c < channels; c += together) {
    Image part = image;
    part.shape[0] = static_cast<std::int64_t>(together);
    part.offset += static_cast<std::int64_t>(c) * part.strides[0];
    const std::optional<ValueMap> map = make(*settled(part).pending, c);
    if (map) push_map(image, c, c + together, *map);
  }
}

void note_statistics(const Image& image, const char* what) {
  const Pending& p = *image.pending;
  const char* where = p.is_move() && !p.has_outside() ? "the source's samples"
                                                      : "the values so far, computed for it and not kept";
  p.run->notes.push_back(
      fmt::format("{} by one reduction over {}; then applied where values are stored", what, where));
}

void note_map(const Image& image) {
  image.pending->run->notes.emplace_back("applied where values are stored");
}

OptionalNumber at_channel(const std::vector<double>& values, std::size_t channel) {
  return values.empty() ? std::nullopt : OptionalNumber(values[channel]);
}

void require_one_per_channel(const Image& image, const std::vector<double>& values, const char* field) {
  if (values.empty() || static_cast<std::int64_t>(values.size()) == image.shape[0]) return;
  throw Error(Reason::channels, fmt::format("{} has {} values, the image has {} channels", field,
                                            values.size(), image.shape[0]));
}

}  // namespace

bool ValueMap::is_affine() const {
  return low == -infinity && high == infinity && !keeps_zero;
}

float ValueMap::operator()(float v) const {
  if (keeps_zero && v == 0) return v;
  if (subtract != 0 || divide != 1) v = (v - subtract) / divide;
  if (gain != 1 || shift != 0) v = v * gain + shift;
  return std::min(std::max(v, low), high);
}

float mapped(const std::vector<ValueMap>& maps, float v) {
  for (const ValueMap& map : maps) v = map(v);
  return v;
}

void apply_later(Image& image, const step::ScaleIntensityRange& s) {
  note_map(image);
  map_channels(image, false, [&](const Pending&, std::size_t) {
    return range_map(static_cast<float>(s.a_min), static_cast<float>(s.a_max - s.a_min), s.b_min, s.b_max,
                     s.clip);
  });
}

void apply_later(Image& image, const step::ScaleIntensityRangePercentiles& s) {
  note_statistics(image, "percentiles");
  OptionalNumber b_min = s.b_min, b_max = s.b_max;
  if (s.relative) {
    b_min = (*s.b_max - *s.b_min) * (s.lower / 100.0) + *s.b_min;
    b_max = (*s.b_max - *s.b_min) * (s.upper / 100.0) + *s.b_min;
  }
  map_channels(image, s.channel_wise, [&](const Pending& values, std::size_t) {
    const Extremes found = percentiles_of(values, s.lower, s.upper);
    return range_map(found.low, found.high - found.low, b_min, b_max, s.clip);
  });
}

void apply_later(Image& image, const step::ScaleIntensity& s) {
  if (s.minv || s.maxv) {
    note_statistics(image, "smallest and largest value");
    return map_channels(image, s.channel_wise, [&](const Pending& values, std::size_t) {
      return extremes_map(extremes_of(values), s.minv, s.maxv);
    });
  }
  if (!s.factor) return;
  note_map(image);
  ValueMap map;
  map.gain = static_cast<float>(1.0 + *s.factor);
  map_channels(image, false, [&](const Pending&, std::size_t) { return map; });
}

void apply_later(Image& image, const step::NormalizeIntensity& s) {
  if (s.channel_wise) {
    require_one_per_channel(image, s.subtrahend, "subtrahend");
    require_one_per_channel(image, s.divisor, "divisor");
  }
  const bool is_given = !s.subtrahend.empty() && !s.divisor.empty() && !s.nonzero;
  is_given ? note_map(image) : note_statistics(image, "mean and deviation");
  map_channels(image, s.channel_wise, [&](const Pending& values, std::size_t c) -> std::optional<ValueMap> {
    const Moments found = is_given ? Moments{0, 0, 1} : moments_of(values, s.nonzero);
    if (found.n == 0) return std::nullopt;
    ValueMap map;
    map.subtract = static_cast<float>(at_channel(s.subtrahend, c).value_or(found.mean));
    map.divide = static_cast<float>(at_channel(s.divisor, c).value_or(found.deviation));
    if (map.divide == 0) map.divide = 1;
    map.keeps_zero = s.nonzero;
    return map;
  });
}

}  // namespace radbatch::prepare_detail
