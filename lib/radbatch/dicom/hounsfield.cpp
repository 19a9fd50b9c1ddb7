#include "radbatch/dicom/hounsfield.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace radbatch {
namespace {

constexpr double lightest_tissue = -200, furthest = 100000;

struct Range {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -std::numeric_limits<double>::infinity();
};

template <class T>
Range range_of(std::span<const T> values, std::optional<double> padding) {
  // Padding that the type cannot hold is nowhere among the values.
  const bool has_padding = padding && *padding >= static_cast<double>(std::numeric_limits<T>::lowest()) &&
                           *padding <= static_cast<double>(std::numeric_limits<T>::max());
  const T ignored = has_padding ? static_cast<T>(*padding) : T{};
  Range range;
  for (const T v : values) {
    if (has_padding && v == ignored) continue;
    range.lowest = std::min(range.lowest, static_cast<double>(v));
    range.highest = std::max(range.highest, static_cast<double>(v));
  }
  return range;
}

Range range_of(const Volume& volume, std::optional<double> padding) {
  const auto n = static_cast<std::size_t>(volume.count());
  switch (volume.type) {
    case SampleType::uint8:
      return range_of(volume.samples.as<std::uint8_t>().first(n), padding);
    case SampleType::int16:
      return range_of(volume.samples.as<std::int16_t>().first(n), padding);
    case SampleType::uint16:
      return range_of(volume.samples.as<std::uint16_t>().first(n), padding);
    case SampleType::int32:
      return range_of(volume.samples.as<std::int32_t>().first(n), padding);
    default:
      return range_of(volume.samples.as<float>().first(n), padding);
  }
}

std::string number(double value) {
  return std::to_string(std::llround(value));
}

}  // namespace

std::optional<std::string> implausible_hu(const Volume& volume, std::optional<double> padding) {
  const Range range = range_of(volume, padding);
  if (range.lowest > range.highest) return "every pixel is padding";
  if (std::max(-range.lowest, range.highest) > furthest)
    return "values from " + number(range.lowest) + " to " + number(range.highest);
  if (range.lowest >= 0) return "no value below 0: neither air nor fat";
  if (range.highest <= lightest_tissue) return "no value above " + number(range.highest) + ": air alone";
  return std::nullopt;
}

}  // namespace radbatch
