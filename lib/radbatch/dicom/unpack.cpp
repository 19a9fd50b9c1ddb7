#include "radbatch/dicom/unpack.hpp"

#include <cstring>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::uint64_t packed_value(const Bytes& bytes, std::size_t index, std::int64_t bits_allocated) {
  switch (bits_allocated) {
    case 1:
      return bytes[index / 8] >> (index % 8) & 1U;
    case 8:
      return bytes[index];
    case 12: {  // two samples in three bytes, low bits first
      const std::size_t at = index / 2 * 3;
      return index % 2 == 0 ? bytes[at] | (bytes[at + 1] & 0x0fU) << 8
                            : bytes[at + 1] >> 4 | unsigned{bytes[at + 2]} << 4;
    }
    case 16:
      return bytes[index * 2] | unsigned{bytes[index * 2 + 1]} << 8;
    default: {
      std::uint32_t value = 0;
      std::memcpy(&value, bytes.data() + index * 4, 4);
      return value;
    }
  }
}

}  // namespace

std::int64_t sign_extended(std::int64_t value, std::int64_t bits) {
  const std::int64_t half = std::int64_t{1} << (bits - 1);
  return ((value & (2 * half - 1)) ^ half) - half;
}

SampleType stored_type(const SampleLayout& layout) {
  if (layout.bits_allocated <= 8) return layout.is_signed ? SampleType::int16 : SampleType::uint8;
  if (layout.bits_allocated <= 16) return layout.is_signed ? SampleType::int16 : SampleType::uint16;
  return SampleType::int32;
}

std::int64_t checked_int32(std::int64_t value) {
  if (value > INT32_MAX) throw Error(Reason::range, "stored values beyond 2147483647 are not supported");
  return value;
}

void unpack(const Bytes& bytes, const SampleLayout& layout, StoredPixels& out) {
  const auto plane = static_cast<std::size_t>(out.columns * out.rows);
  const auto channels = static_cast<std::size_t>(out.channels);
  const std::size_t count = plane * static_cast<std::size_t>(out.frames) * channels;
  const std::size_t needed = (count * static_cast<std::size_t>(layout.bits_allocated) + 7) / 8;
  if (bytes.size() < needed) {
    throw Error(Reason::truncated_pixels, "pixel data is " + counted(bytes.size(), "byte") + ", " +
                                              std::to_string(needed) + " expected");
  }
  out.type = stored_type(layout);
  out.samples = Buffer(count * bytes_per_sample(out.type));
  const std::uint64_t mask = (std::uint64_t{1} << layout.bits_stored) - 1;
  fill_as(out.type, out.samples, count, [&](std::size_t i) {
    // Planar frames hold all reds, then all greens, then all blues.
    const std::size_t frame = i / (plane * channels), within = i % (plane * channels);
    const std::size_t source =
        layout.planar ? frame * plane * channels + within % channels * plane + within / channels : i;
    const auto value = static_cast<std::int64_t>(packed_value(bytes, source, layout.bits_allocated) & mask);
    return layout.is_signed ? sign_extended(value, layout.bits_stored) : checked_int32(value);
  });
}

}  // namespace radbatch
