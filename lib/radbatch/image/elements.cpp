#include "radbatch/image/elements.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

template <class T>
T load(const std::byte* at, bool swapped) {
  std::array<std::byte, sizeof(T)> raw;
  std::memcpy(raw.data(), at, sizeof(T));
  if (swapped) std::ranges::reverse(raw);
  return std::bit_cast<T>(raw);
}

// Calls visit(target index, value) for every kept sample, in the file's order.
template <class T, class Visit>
void for_each_sample(const ElementLayout& l, const std::byte* bytes, Visit visit) {
  const auto points = static_cast<std::size_t>(l.size[0] * l.size[1] * l.size[2] * l.frames);
  const auto in_file = static_cast<std::size_t>(l.file_channels), kept = static_cast<std::size_t>(l.channels);
  for (std::size_t p = 0; p < points; ++p) {
    for (std::size_t c = 0; c < kept; ++c) {
      const std::size_t source = l.planar ? c * points + p : p * in_file + c;
      visit(p * kept + c, load<T>(bytes + source * sizeof(T), l.swapped));
    }
  }
}

template <class To, class T>
void convert(const ElementLayout& l, const std::byte* bytes, Volume& volume) {
  To* out = volume.samples.as<To>().data();
  if constexpr (std::is_same_v<To, T>) {
    if (!l.swapped && l.file_channels == l.channels && (!l.planar || l.channels == 1)) {
      std::memcpy(out, bytes, volume.samples.size());
      return;
    }
  }
  for_each_sample<T>(l, bytes, [out](std::size_t i, T value) { out[i] = static_cast<To>(value); });
}

template <class T>
void rescale(const ElementLayout& l, const std::byte* bytes, Volume& volume) {
  float* out = volume.samples.as<float>().data();
  for_each_sample<T>(l, bytes, [&](std::size_t i, T value) {
    out[i] = static_cast<float>(l.slope * static_cast<double>(value) + l.intercept);
  });
}

template <class T>
bool all_fit_int32(const ElementLayout& l, const std::byte* bytes) {
  bool fit = true;
  for_each_sample<T>(l, bytes,
                     [&fit](std::size_t, T value) { fit = fit && std::in_range<std::int32_t>(value); });
  return fit;
}

template <class To, class T>
Volume converted(const ElementLayout& l, const std::byte* bytes, SampleType type) {
  Volume volume = make_volume(l.size, l.channels, l.frames, type);
  convert<To, T>(l, bytes, volume);
  return volume;
}

template <class T>
Volume from_wide(const ElementLayout& l, const std::byte* bytes) {
  if (all_fit_int32<T>(l, bytes)) return converted<std::int32_t, T>(l, bytes, SampleType::int32);
  return converted<float, T>(l, bytes, SampleType::float32);
}

template <class T>
Volume from_type(const ElementLayout& l, const std::byte* bytes) {
  if (l.slope != 1 || l.intercept != 0) {
    Volume volume = make_volume(l.size, l.channels, l.frames, SampleType::float32);
    rescale<T>(l, bytes, volume);
    return volume;
  }
  if constexpr (std::is_same_v<T, std::uint8_t>) return converted<T, T>(l, bytes, SampleType::uint8);
  if constexpr (std::is_same_v<T, std::int8_t>)
    return converted<std::int16_t, T>(l, bytes, SampleType::int16);
  if constexpr (std::is_same_v<T, std::int16_t>) return converted<T, T>(l, bytes, SampleType::int16);
  if constexpr (std::is_same_v<T, std::uint16_t>) return converted<T, T>(l, bytes, SampleType::uint16);
  if constexpr (std::is_same_v<T, std::int32_t>) return converted<T, T>(l, bytes, SampleType::int32);
  if constexpr (std::is_floating_point_v<T>) return converted<float, T>(l, bytes, SampleType::float32);
  if constexpr (std::is_integral_v<T>) return from_wide<T>(l, bytes);
}

}  // namespace

std::size_t bytes_per_element(ElementType type) {
  constexpr std::array<std::size_t, 10> widths{1, 1, 2, 2, 4, 4, 8, 8, 4, 8};
  return widths.at(static_cast<std::size_t>(type));
}

Volume volume_from_elements(const ElementLayout& l, std::span<const std::byte> bytes) {
  const auto needed =
      static_cast<std::size_t>(l.size[0] * l.size[1] * l.size[2] * l.frames * l.file_channels) *
      bytes_per_element(l.type);
  if (bytes.size() < needed) {
    throw Error(Reason::truncated_pixels, "pixel data is " + counted(bytes.size(), "byte") + ", " +
                                              std::to_string(needed) + " expected");
  }
  switch (l.type) {
    case ElementType::int8:
      return from_type<std::int8_t>(l, bytes.data());
    case ElementType::uint8:
      return from_type<std::uint8_t>(l, bytes.data());
    case ElementType::int16:
      return from_type<std::int16_t>(l, bytes.data());
    case ElementType::uint16:
      return from_type<std::uint16_t>(l, bytes.data());
    case ElementType::int32:
      return from_type<std::int32_t>(l, bytes.data());
    case ElementType::uint32:
      return from_type<std::uint32_t>(l, bytes.data());
    case ElementType::int64:
      return from_type<std::int64_t>(l, bytes.data());
    case ElementType::uint64:
      return from_type<std::uint64_t>(l, bytes.data());
    case ElementType::float32:
      return from_type<float>(l, bytes.data());
    case ElementType::float64:
      return from_type<double>(l, bytes.data());
  }
  throw Error(ExitCode::internal, "unknown element type");
}

}  // namespace radbatch
