#include "radbatch/prepare/fused_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "radbatch/prepare/fused_execution.hpp"
#include "radbatch/prepare/fused_samples.hpp"
#include "radbatch/prepare/percentile.hpp"

namespace radbatch::prepare_detail {
namespace {

/// Sums about a shift near the values, so that squares of large ones do not swallow their differences.
struct Sums {
  double shift = 0, sum = 0, squares = 0;
  std::int64_t n = 0;

  Moments moments() const {
    if (n == 0) return {};
    const auto count = static_cast<double>(n);
    const double mean = sum / count;
    return {shift + mean, std::sqrt(std::max(squares / count - mean * mean, 0.0)), n};
  }
};

/// Chan, Golub and LeVeque (1979): the moments of two samples together.
Moments joined(const Moments& a, const Moments& b) {
  if (a.n == 0) return b;
  if (b.n == 0) return a;
  const auto na = static_cast<double>(a.n), nb = static_cast<double>(b.n);
  const double n = na + nb;
  const double difference = b.mean - a.mean;
  const double squares =
      a.deviation * a.deviation * na + b.deviation * b.deviation * nb + difference * difference * na * nb / n;
  return {a.mean + difference * nb / n, std::sqrt(squares / n), a.n + b.n};
}

Moments moments_of_values(std::span<const float> values, bool nonzero) {
  Sums sums;
  sums.shift = values.empty() ? 0 : values[0];
  for (const float v : values) {
    if (nonzero && v == 0) continue;
    const double d = v - sums.shift;
    sums.sum += d;
    sums.squares += d * d;
    ++sums.n;
  }
  return sums.moments();
}

/// The source's samples are the image's values, in another order.
bool is_reordered_source(const Pending& p) {
  return !p.oblique && !p.has_outside() &&
         std::all_of(p.tables.begin(), p.tables.end(), [](const AxisTable& t) { return t.is_run(); });
}

bool has_maps(const Pending& p) {
  return p.has_after() ||
         std::any_of(p.before.begin(), p.before.end(), [](const auto& maps) { return !maps.empty(); });
}

/// The maps of an image that has the same ones for all its channels, if they keep the order of values.
const std::vector<ValueMap>* order_keeping_maps(const Pending& p) {
  for (const auto& maps : p.before) {
    if (!maps.empty()) return nullptr;
  }
  if (p.channels.size() > 1 && p.has_after()) return nullptr;
  const std::vector<ValueMap>& maps = p.channels[0].after;
  const bool keep = std::all_of(maps.begin(), maps.end(), [](const ValueMap& m) { return m.keeps_order(); });
  return keep ? &maps : nullptr;
}

/// Whole numbers of up to 16 bits: their sums are exact.
template <class T>
Moments moments_of_rows(const SampleRows<T>& rows, std::int64_t begin, std::int64_t end, bool nonzero) {
  if constexpr (sizeof(T) <= 2) {
    std::int64_t sum = 0, squares = 0, n = 0;
    rows.visit(begin, end, [&](T v) {
      sum += v;
      squares += static_cast<std::int64_t>(v) * v;
      n += v != 0;
    });
    if (!nonzero) n = (end - begin) * rows.length();
    return Sums{0, static_cast<double>(sum), static_cast<double>(squares), n}.moments();
  } else {
    Sums sums;
    rows.visit(begin, begin + 1, [&](T v) { sums.shift = static_cast<float>(v); });
    rows.visit(begin, end, [&](T v) {
      if (nonzero && v == 0) return;
      const double d = static_cast<float>(v) - sums.shift;
      sums.sum += d;
      sums.squares += d * d;
      ++sums.n;
    });
    return sums.moments();
  }
}

Moments joined_in_order(const std::vector<Moments>& parts) {
  return std::accumulate(parts.begin(), parts.end(), Moments{}, joined);
}

Extremes joined_extremes(const std::vector<Extremes>& parts) {
  Extremes all = parts.front();
  for (const Extremes& part : parts) all = {std::min(all.low, part.low), std::max(all.high, part.high)};
  return all;
}

/// How often each value of a type of up to 16 bits occurs; index 0 is the smallest value.
template <class T>
std::vector<std::uint64_t> histogram_of(const SampleRows<T>& rows, std::size_t threads) {
  constexpr std::int64_t lowest = std::numeric_limits<T>::min();
  constexpr std::size_t bins = std::size_t{1} << (8 * sizeof(T));
  const std::int64_t per_part =
      (rows.count() + static_cast<std::int64_t>(threads) - 1) / static_cast<std::int64_t>(threads);
  std::vector<std::vector<std::uint64_t>> parts(threads);
  over_rows(rows, threads, per_part * rows.length(),
            [&](std::size_t part, std::int64_t begin, std::int64_t end) {
              parts[part].resize(bins);
              std::uint64_t* counts = parts[part].data();
              rows.visit(begin, end, [&](T v) { ++counts[static_cast<std::int64_t>(v) - lowest]; });
            });
  std::vector<std::uint64_t> sum(bins);
  for (const auto& part : parts) {
    for (std::size_t b = 0; b < part.size(); ++b) sum[b] += part[b];
  }
  return sum;
}

template <class T>
float value_of_rank(const std::vector<std::uint64_t>& histogram, std::int64_t rank) {
  std::uint64_t below = 0;
  std::size_t bin = 0;
  while (below + histogram[bin] <= static_cast<std::uint64_t>(rank)) below += histogram[bin++];
  return static_cast<float>(static_cast<std::int64_t>(bin) + std::numeric_limits<T>::min());
}

std::int64_t count_of(const Pending& p) {
  std::int64_t n = 1;
  for (const AxisTable& table : p.tables) n *= table.size();
  return n;
}

template <class T>
Extremes percentiles_by_histogram(const Pending& p, const std::vector<ValueMap>& maps, double lower,
                                  double upper) {
  const std::vector<std::uint64_t> histogram = histogram_of(SampleRows<T>(p), p.run->threads);
  const auto percentile = [&](double percent) {
    const PercentileRank rank = rank_of(count_of(p), percent);
    const float low = mapped(maps, value_of_rank<T>(histogram, rank.below));
    return between(low, rank.is_whole ? low : mapped(maps, value_of_rank<T>(histogram, rank.below + 1)),
                   rank);
  };
  return {percentile(lower), percentile(upper)};
}

Extremes percentiles_by_selection(const Pending& p, double lower, double upper) {
  const auto n = static_cast<std::size_t>(count_of(p));
  const auto values = std::make_unique_for_overwrite<float[]>(n);
  std::array<std::int64_t, 4> strides{};
  std::int64_t step = 1;
  for (int a = 3; a >= 0; --a) {
    strides[a] = step;
    step *= p.tables[a].size();
  }
  execute(p, values.get(), strides);
  const auto percentile = [&](double percent) {
    const PercentileRank rank = rank_of(static_cast<std::int64_t>(n), percent);
    float* below = values.get() + rank.below;
    std::nth_element(values.get(), below, values.get() + n);
    return between(*below, rank.is_whole ? *below : *std::min_element(below + 1, values.get() + n), rank);
  };
  const float low = percentile(lower);
  return {low, percentile(upper)};
}

}  // namespace

Moments moments_of(const Pending& p, bool nonzero) {
  if (p.run->only_explains) return {0, 1, 1};
  if (is_reordered_source(p) && !has_maps(p)) {
    return with_type(p.source.type, [&](auto type) {
      const SampleRows<decltype(type)> rows(p);
      std::vector<Moments> parts(parts_of(rows));
      over_rows(rows, p.run->threads, part_of_samples,
                [&](std::size_t part, std::int64_t begin, std::int64_t end) {
                  parts[part] = moments_of_rows(rows, begin, end, nonzero);
                });
      return joined_in_order(parts);
    });
  }
  std::vector<Moments> parts(slab_count(p));
  for_each_slab(p, [&](std::size_t part, std::span<const float> values) {
    parts[part] = moments_of_values(values, nonzero);
  });
  return joined_in_order(parts);
}

Extremes extremes_of(const Pending& p) {
  if (p.run->only_explains) return {0, 1};
  const std::vector<ValueMap>* maps = order_keeping_maps(p);
  if (is_reordered_source(p) && maps) {
    return with_type(p.source.type, [&](auto type) {
      using T = decltype(type);
      const SampleRows<T> rows(p);
      std::vector<Extremes> parts(parts_of(rows));
      over_rows(rows, p.run->threads, part_of_samples,
                [&](std::size_t part, std::int64_t begin, std::int64_t end) {
                  T low = std::numeric_limits<T>::max(), high = std::numeric_limits<T>::lowest();
                  rows.visit(begin, end, [&](T v) {
                    low = std::min(low, v);
                    high = std::max(high, v);
                  });
                  parts[part] = {static_cast<float>(low), static_cast<float>(high)};
                });
      const Extremes found = joined_extremes(parts);
      return Extremes{mapped(*maps, found.low), mapped(*maps, found.high)};
    });
  }
  std::vector<Extremes> parts(slab_count(p));
  for_each_slab(p, [&](std::size_t part, std::span<const float> values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    parts[part] = {*low, *high};
  });
  return joined_extremes(parts);
}

Extremes percentiles_of(const Pending& p, double lower, double upper) {
  if (p.run->only_explains) return {0, 1};
  const std::vector<ValueMap>* maps = order_keeping_maps(p);
  if (is_reordered_source(p) && maps) {
    if (p.source.type == SampleType::uint8)
      return percentiles_by_histogram<std::uint8_t>(p, *maps, lower, upper);
    if (p.source.type == SampleType::int16)
      return percentiles_by_histogram<std::int16_t>(p, *maps, lower, upper);
    if (p.source.type == SampleType::uint16)
      return percentiles_by_histogram<std::uint16_t>(p, *maps, lower, upper);
  }
  return percentiles_by_selection(p, lower, upper);
}

}  // namespace radbatch::prepare_detail
