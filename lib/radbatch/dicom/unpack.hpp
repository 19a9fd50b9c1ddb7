// Packed sample bytes to plain samples. Internal to the module; no DICOM library.
#pragma once

#include <cstdint>
#include <vector>

#include "radbatch/dicom/pixels.hpp"

namespace radbatch {

/// What the samples are once they are out of their compression.
struct SampleLayout {
  std::int64_t bits_allocated;
  std::int64_t bits_stored;
  bool is_signed;
  bool planar;  ///< a frame holds all reds, then all greens, then all blues
};

/// The lowest `bits` bits as a two's complement number.
std::int64_t sign_extended(std::int64_t value, std::int64_t bits);
/// The narrowest SampleType for stored values of this layout.
SampleType stored_type(const SampleLayout& layout);
/// Throws Error(Reason::range) for a stored value that int32 cannot hold.
std::int64_t checked_int32(std::int64_t value);
/// Fills type and samples of `pixels`, whose size is set, from little-endian bytes.
/// Throws Error(Reason::truncated_pixels) when there are too few.
void unpack(const std::vector<std::uint8_t>& bytes, const SampleLayout& layout, StoredPixels& pixels);

/// Writes get(0), get(1), ... as samples of `type`.
template <class T, class Get>
void fill(Buffer& samples, std::size_t count, Get get) {
  T* out = samples.as<T>().data();
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<T>(get(i));
}
template <class Get>
void fill_as(SampleType type, Buffer& samples, std::size_t count, Get get) {
  switch (type) {
    case SampleType::uint8:
      return fill<std::uint8_t>(samples, count, get);
    case SampleType::int16:
      return fill<std::int16_t>(samples, count, get);
    case SampleType::uint16:
      return fill<std::uint16_t>(samples, count, get);
    default:
      return fill<std::int32_t>(samples, count, get);
  }
}

}  // namespace radbatch
