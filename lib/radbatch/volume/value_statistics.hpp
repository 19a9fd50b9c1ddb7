// What the values of an image or a tensor are like, in a pass or two over them and without a copy: for tables
// in which a cohort's odd images show.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// All exact. The percentile p is the value at rank round(p / 100 (n - 1)) of the sorted values; sd is the
/// population's.
struct ValueStatistics {
  double min = 0, max = 0, mean = 0, sd = 0, p1 = 0, p50 = 0, p99 = 0;
};

/// The numbers of a ValueStatistics by the names that tables give them, in a fixed order.
struct NamedStatistic {
  std::string_view name;
  double ValueStatistics::*member;
};
inline constexpr std::array<NamedStatistic, 7> NAMED_STATISTICS{{{"min", &ValueStatistics::min},
                                                                 {"max", &ValueStatistics::max},
                                                                 {"mean", &ValueStatistics::mean},
                                                                 {"sd", &ValueStatistics::sd},
                                                                 {"p1", &ValueStatistics::p1},
                                                                 {"p50", &ValueStatistics::p50},
                                                                 {"p99", &ValueStatistics::p99}}};

/// Of at least one value, all finite. Two passes: the ordered bits of a float are counted by their upper and,
/// where a percentile lies, by their lower half.
ValueStatistics statistics_of(std::span<const float> values);

inline constexpr std::size_t HISTOGRAM_BINS = 64;
/// How many values lie in each of `n_bins` equal parts of [low, high]; values outside count to the outermost.
std::vector<std::uint64_t> histogram_of(std::span<const float> values, double low, double high,
                                        std::size_t n_bins);

/// The same over all finite samples of volumes that come one after the other: frames of a video. Samples of 8
/// and 16 bits are counted, so that nothing is kept; of others each volume is looked at for itself, and only
/// one can come.
class SampleStatistics {
 public:
  void add(const Volume& volume);
  /// True before the first finite sample.
  bool is_empty() const { return n_ == 0; }
  ValueStatistics result() const;
  /// HISTOGRAM_BINS counts over [min, max].
  std::vector<std::uint64_t> histogram() const;

 private:
  std::uint64_t n_ = 0;
  std::vector<std::uint64_t> counts_;  ///< of the values -32768 to 65535
  ValueStatistics whole_;              ///< of a volume of float32 or int32
  std::vector<std::uint64_t> bins_;    ///< of the same
};

/// Planes of a tensor in which all values are equal: along the last axis of an item with three spatial axes,
/// whole items of one with two. `shape` is [items, channels, spatial...].
struct BlankPlanes {
  std::int64_t n_planes = 0, n_blank = 0;
};
BlankPlanes blank_planes(std::span<const std::int64_t> shape, std::span<const float> values);

}  // namespace radbatch
