#include "radbatch/volume/value_statistics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <numeric>

namespace radbatch {
namespace {

constexpr std::int64_t LOWEST_COUNTED = -32768;
constexpr std::size_t N_COUNTED = 98304;  // to 65535: both int16 and uint16
constexpr std::array<double, 3> FRACTIONS{0.01, 0.5, 0.99};

std::uint64_t rank_of(double fraction, std::uint64_t n) {
  return static_cast<std::uint64_t>(fraction * static_cast<double>(n - 1) + 0.5);
}

/// The bits of a float as a number that grows with it.
std::uint32_t ordered(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}
float from_ordered(std::uint32_t key) {
  return std::bit_cast<float>((key & 0x80000000U) != 0 ? key & 0x7FFFFFFFU : ~key);
}

/// The bucket in which the value of `rank` lies, and its rank inside.
std::pair<std::size_t, std::uint64_t> bucket_of(const std::vector<std::uint64_t>& counts,
                                                std::uint64_t rank) {
  std::size_t bucket = 0;
  while (rank >= counts[bucket]) rank -= counts[bucket++];
  return {bucket, rank};
}

std::array<double, 3> percentiles_of(std::span<const float> values,
                                     const std::vector<std::uint64_t>& upper_counts) {
  std::array<std::pair<std::size_t, std::uint64_t>, 3> wanted;
  std::vector<std::vector<std::uint64_t>> lower(upper_counts.size());
  for (std::size_t i = 0; i < FRACTIONS.size(); ++i) {
    wanted[i] = bucket_of(upper_counts, rank_of(FRACTIONS[i], values.size()));
    lower[wanted[i].first].resize(65536);
  }
  for (const float value : values) {
    const std::uint32_t key = ordered(value);
    if (auto& counts = lower[key >> 16]; !counts.empty()) ++counts[key & 0xFFFFU];
  }
  std::array<double, 3> found{};
  for (std::size_t i = 0; i < FRACTIONS.size(); ++i) {
    const auto [bucket, rank] = wanted[i];
    const std::size_t low = bucket_of(lower[bucket], rank).first;
    found[i] = from_ordered(static_cast<std::uint32_t>(bucket << 16 | low));
  }
  return found;
}

template <class Sample>
void count(std::span<const Sample> samples, std::vector<std::uint64_t>& counts) {
  for (const Sample sample : samples) ++counts[static_cast<std::size_t>(sample - LOWEST_COUNTED)];
}

}  // namespace

ValueStatistics statistics_of(std::span<const float> values) {
  ValueStatistics result;
  std::vector<std::uint64_t> upper(65536);
  float smallest = values[0], largest = values[0];
  // From the first value on: sums of squares far from 0 would lose the digits of the spread.
  const double origin = values[0];
  double sum = 0, squares = 0;
  for (const float value : values) {
    ++upper[ordered(value) >> 16];
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
    const double distance = value - origin;
    sum += distance;
    squares += distance * distance;
  }
  const auto n = static_cast<double>(values.size());
  result.min = smallest;
  result.max = largest;
  result.mean = origin + sum / n;
  result.sd = std::sqrt(std::max(squares / n - (sum / n) * (sum / n), 0.0));
  const auto [p1, p50, p99] = percentiles_of(values, upper);
  result.p1 = p1;
  result.p50 = p50;
  result.p99 = p99;
  return result;
}

void SampleStatistics::add(const Volume& volume) {
  if (volume.type == SampleType::float32 || volume.type == SampleType::int32) {
    std::vector<float> copy;
    std::span<const float> values;
    if (volume.type == SampleType::float32) values = volume.samples.as<float>();
    if (volume.type == SampleType::int32) values = copy = to_float(volume);
    const auto is_finite = [](float value) { return std::isfinite(value); };
    if (!std::ranges::all_of(values, is_finite)) {
      std::ranges::copy_if(values, std::back_inserter(copy), is_finite);
      values = copy;
    }
    if (values.empty()) return;
    whole_ = statistics_of(values);
    bins_ = histogram_of(values, whole_.min, whole_.max, HISTOGRAM_BINS);
    n_ = values.size();
    return;
  }
  counts_.resize(N_COUNTED);
  n_ += static_cast<std::uint64_t>(volume.count());
  if (volume.type == SampleType::uint8) count(volume.samples.as<std::uint8_t>(), counts_);
  if (volume.type == SampleType::int16) count(volume.samples.as<std::int16_t>(), counts_);
  if (volume.type == SampleType::uint16) count(volume.samples.as<std::uint16_t>(), counts_);
}

ValueStatistics SampleStatistics::result() const {
  if (counts_.empty()) return whole_;
  const auto value_at = [](std::size_t bucket) {
    return static_cast<double>(static_cast<std::int64_t>(bucket) + LOWEST_COUNTED);
  };
  ValueStatistics result;
  double sum = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) sum += static_cast<double>(counts_[i]) * value_at(i);
  result.mean = sum / static_cast<double>(n_);
  double squares = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const double distance = value_at(i) - result.mean;
    squares += static_cast<double>(counts_[i]) * distance * distance;
  }
  result.sd = std::sqrt(squares / static_cast<double>(n_));
  const auto at_rank = [&](std::uint64_t rank) { return value_at(bucket_of(counts_, rank).first); };
  result.min = at_rank(0);
  result.max = at_rank(n_ - 1);
  result.p1 = at_rank(rank_of(FRACTIONS[0], n_));
  result.p50 = at_rank(rank_of(FRACTIONS[1], n_));
  result.p99 = at_rank(rank_of(FRACTIONS[2], n_));
  return result;
}

std::vector<std::uint64_t> SampleStatistics::histogram() const {
  if (counts_.empty()) return bins_;
  std::vector<std::uint64_t> bins(HISTOGRAM_BINS);
  const ValueStatistics range = result();
  const double per_value = range.max > range.min ? HISTOGRAM_BINS / (range.max - range.min) : 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    const double value = static_cast<double>(static_cast<std::int64_t>(i) + LOWEST_COUNTED);
    const auto bin = static_cast<std::size_t>((value - range.min) * per_value);
    bins[std::min(bin, HISTOGRAM_BINS - 1)] += counts_[i];
  }
  return bins;
}

std::vector<std::uint64_t> histogram_of(std::span<const float> values, double low, double high,
                                        std::size_t n_bins) {
  std::vector<std::uint64_t> counts(n_bins);
  const double per_value = high > low ? static_cast<double>(n_bins) / (high - low) : 0;
  for (const float value : values) {
    const double bin = (value - low) * per_value;  // NaN counts to the first
    ++counts[bin > 0 ? std::min(static_cast<std::size_t>(std::min(bin, 1e9)), n_bins - 1) : 0];
  }
  return counts;
}

BlankPlanes blank_planes(std::span<const std::int64_t> shape, std::span<const float> values) {
  // Items of channels of rows of `across` planes that lie side by side.
  const std::int64_t items = shape[0], across = shape.size() > 4 ? shape.back() : 1;
  const std::size_t per_item = values.size() / static_cast<std::size_t>(items);
  BlankPlanes found;
  for (std::size_t item = 0; item < static_cast<std::size_t>(items); ++item) {
    const std::span<const float> part = values.subspan(item * per_item, per_item);
    const auto n = static_cast<std::size_t>(across);
    std::vector<float> low(part.begin(), part.begin() + across), high = low;
    for (std::size_t row = n; row < part.size(); row += n) {
      for (std::size_t plane = 0; plane < n; ++plane) {
        low[plane] = std::min(low[plane], part[row + plane]);
        high[plane] = std::max(high[plane], part[row + plane]);
      }
    }
    found.n_planes += across;
    for (std::size_t plane = 0; plane < n; ++plane) found.n_blank += low[plane] == high[plane] ? 1 : 0;
  }
  return found;
}

}  // namespace radbatch
