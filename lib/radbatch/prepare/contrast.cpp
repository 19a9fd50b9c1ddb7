// Values by threshold, percentile, histogram and gamma. Arithmetic as in intensity.cpp: float32 with one
// rounding per operation, as torch does it.
#include <algorithm>
#include <cmath>
#include <vector>

#include "radbatch/prepare/statistics.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

/// torch.logaddexp(0, x).
float softplus(float x) {
  return std::max(0.0f, x) + std::log1p(std::exp(-std::abs(x)));
}

void clip_softly(Image& image, const step::ClipIntensityPercentiles& s) {
  std::vector<float> values = values_of(image);
  const auto sharpness = static_cast<float>(*s.sharpness_factor);
  const float low = s.lower ? percentile(values, *s.lower) : 0.0f;
  const float high = s.upper ? percentile(values, *s.upper) : 0.0f;
  const bool from_below = s.lower.has_value(), from_above = s.upper.has_value();
  change_values(image, [=](float v) {
    float result = v;
    if (from_below) result += softplus(-sharpness * (v - low)) / sharpness;
    if (from_above) result -= softplus(sharpness * (v - high)) / sharpness;
    return result;
  });
}

void clip_hard(Image& image, const step::ClipIntensityPercentiles& s) {
  std::vector<float> values = values_of(image);
  const float low = percentile(values, s.lower.value_or(0));
  const float high = percentile(values, s.upper.value_or(100));
  change_values(image, [=](float v) { return std::min(std::max(v, low), high); });
}

/// numpy.histogram of float32 values: bins between the extremes, or half a unit around a constant; edges by
/// numpy.linspace in float32; the last bin holds its upper edge.
struct Histogram {
  std::vector<float> edges;
  std::vector<std::int64_t> counts;

  Histogram(const Image& image, std::int64_t bins) : counts(static_cast<std::size_t>(bins)) {
    auto [low, high] = extremes(image);
    if (low == high) low -= 0.5f, high += 0.5f;
    const float step = (high - low) / static_cast<float>(bins);
    for (std::int64_t i = 0; i < bins; ++i) edges.push_back(static_cast<float>(i) * step + low);
    edges.push_back(high);
    for_each_value(image, [&, from = low](float v) { ++counts[bin_of(v, from, step)]; });
  }
  std::size_t bin_of(float v, float low, float step) const {
    const auto last = static_cast<double>(counts.size() - 1);
    auto bin = static_cast<std::size_t>(std::clamp(std::floor(double{v - low} / step), 0.0, last));
    while (bin > 0 && v < edges[bin]) --bin;
    while (bin + 1 < counts.size() && v >= edges[bin + 1]) ++bin;
    return bin;
  }
};

/// Where the curve of numpy.interp passes; ends continue flat.
struct Curve {
  std::vector<float> x, y;

  float operator()(float at) const {
    if (at <= x.front()) return y.front();
    if (at >= x.back()) return y.back();
    const auto j = static_cast<std::size_t>(std::upper_bound(x.begin(), x.end(), at) - x.begin()) - 1;
    const double slope = (double{y[j + 1]} - y[j]) / (double{x[j + 1]} - x[j]);
    return static_cast<float>(slope * (double{at} - x[j]) + y[j]);
  }
};

/// MONAI's rescale_array of the cumulative counts.
std::vector<float> rescaled(const std::vector<std::int64_t>& counts, double low, double high) {
  std::vector<float> sums;
  std::int64_t sum = 0;
  for (const std::int64_t count : counts) sums.push_back(static_cast<float>(sum += count));
  const float least = sums.front(), range = sums.back() - least;
  const auto gain = static_cast<float>(high - low), shift = static_cast<float>(low);
  for (float& v : sums) v = range == 0 ? v * shift : (v - least) / range * gain + shift;
  return sums;
}

/// Mean and sample standard deviation (n - 1), as torch's mean() and std().
struct Spread {
  float mean = 0, deviation = 0;
};

Spread spread_of(const Image& image) {
  const auto n = static_cast<double>(image.count());
  double sum = 0, squares = 0;
  for_each_value(image, [&](float v) { sum += v; });
  for_each_value(image, [&](float v) { squares += (v - sum / n) * (v - sum / n); });
  return {static_cast<float>(sum / n), static_cast<float>(std::sqrt(squares / (n - 1)))};
}

void bend(Image& image, double gamma) {
  const auto [low, high] = extremes(image);
  const float from = low, range = high - low;
  const float by = range + 1e-7f;
  const auto power = static_cast<float>(gamma);
  change_values(image, [=](float v) { return std::pow((v - from) / by, power) * range + from; });
}

void restore(Image& image, const Spread& before) {
  const float mean = spread_of(image).mean;
  change_values(image, [=](float v) { return v - mean; });
  const float by = spread_of(image).deviation + 1e-8f;
  change_values(image, [=](float v) { return before.deviation * (v / by) + before.mean; });
}

}  // namespace

void apply(Image& image, const step::ThresholdIntensity& s) {
  own_values(image);
  const auto threshold = static_cast<float>(s.threshold), other = static_cast<float>(s.cval);
  const bool above = s.above;
  change_values(image, [=](float v) { return (above ? v > threshold : v < threshold) ? v : other; });
}

void apply(Image& image, const step::ClipIntensityPercentiles& s) {
  per_channel(image, s.channel_wise, [&](Image& part, std::int64_t) {
    s.sharpness_factor ? clip_softly(part, s) : clip_hard(part, s);
  });
}

void apply(Image& image, const step::HistogramNormalize& s) {
  own_values(image);
  const Histogram histogram(image, s.num_bins);
  Curve curve{{}, rescaled(histogram.counts, s.min, s.max)};
  for (std::size_t i = 0; i + 1 < histogram.edges.size(); ++i)
    curve.x.push_back((histogram.edges[i] + histogram.edges[i + 1]) / 2.0f);
  change_values(image, curve);
}

void apply(Image& image, const step::ShiftIntensity& s) {
  own_values(image);
  const auto offset = static_cast<float>(s.offset);
  change_values(image, [=](float v) { return v + offset; });
}

void apply(Image& image, const step::AdjustContrast& s) {
  own_values(image);
  const auto negate = [](float v) { return -v; };
  if (s.invert_image) change_values(image, negate);
  const Spread before = s.retain_stats ? spread_of(image) : Spread{};
  bend(image, s.gamma);
  if (s.retain_stats) restore(image, before);
  if (s.invert_image) change_values(image, negate);
}

}  // namespace radbatch::prepare_detail
