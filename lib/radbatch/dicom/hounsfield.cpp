#include "radbatch/dicom/hounsfield.hpp"

#include <span>

namespace radbatch {
namespace {

constexpr double lightest_tissue = -200, furthest = 100000;

struct Seen {
  bool anything = false, below_zero = false, above_air = false, beyond = false;
};

// Stops as soon as nothing more can be learned: in a true CT, after some pixels.
template <class T>
Seen look_at(std::span<const T> values, std::optional<double> padding) {
  Seen seen;
  for (const T value : values) {
    const auto v = static_cast<double>(value);
    if (v == padding) continue;
    seen.anything = true;
    seen.below_zero |= v < 0;
    seen.above_air |= v > lightest_tissue;
    seen.beyond |= v > furthest || v < -furthest;
    if (sizeof(T) < 4 && seen.below_zero && seen.above_air) break;
  }
  return seen;
}

Seen look_at(const Volume& volume, std::optional<double> padding) {
  const auto n = static_cast<std::size_t>(volume.count());
  switch (volume.type) {
    case SampleType::uint8:
      return look_at(volume.samples.as<std::uint8_t>().first(n), padding);
    case SampleType::int16:
      return look_at(volume.samples.as<std::int16_t>().first(n), padding);
    case SampleType::uint16:
      return look_at(volume.samples.as<std::uint16_t>().first(n), padding);
    case SampleType::int32:
      return look_at(volume.samples.as<std::int32_t>().first(n), padding);
    default:
      return look_at(volume.samples.as<float>().first(n), padding);
  }
}

}  // namespace

std::optional<std::string> implausible_hu(const Volume& volume, std::optional<double> padding) {
  const Seen seen = look_at(volume, padding);
  if (!seen.anything) return "every pixel is padding";
  if (seen.beyond) return "there are values beyond 100000";
  if (!seen.below_zero) return "no value is below 0: neither air nor fat";
  if (!seen.above_air) return "no value is above -200: air alone";
  return std::nullopt;
}

}  // namespace radbatch
