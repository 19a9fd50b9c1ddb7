#include "radbatch/dicom/unpack.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

static_assert(std::endian::native == std::endian::little, "pixel words are taken as little endian");

/// From the bits of a sample to its value.
struct Rule {
  std::uint32_t mask;
  std::uint32_t sign;  ///< the sign's bit; 0: unsigned

  Rule(std::int64_t bits, bool is_signed)
      : mask(static_cast<std::uint32_t>((std::uint64_t{1} << bits) - 1)),
        sign(is_signed ? 1U << (bits - 1) : 0) {}
  std::int32_t operator()(std::uint32_t stored) const {
    return static_cast<std::int32_t>(((stored & mask) ^ sign) - sign);
  }
};

[[noreturn]] void refuse_large() {
  throw Error(Reason::range, "stored values beyond 2147483647 are not supported");
}

// get(i) gives the bits of sample i as the stream orders them.
template <class To, class Get>
void fill(const FrameFormat& format, bool planar, const Rule& rule, To* out, Get get) {
  const std::size_t channels = static_cast<std::size_t>(format.samples), pixels = format.pixels();
  const std::size_t step = planar ? channels : 1, planes = planar ? channels : 1;
  const std::size_t count = planar ? pixels : format.count();
  [[maybe_unused]] std::uint32_t all_bits = 0;
  for (std::size_t c = 0; c < planes; ++c) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t stored = get(c * pixels + i);
      if constexpr (sizeof(To) == 4) all_bits |= stored & rule.mask;
      out[i * step + c] = static_cast<To>(rule(stored));
    }
  }
  if constexpr (sizeof(To) == 4) {
    if (rule.sign == 0 && all_bits > INT32_MAX) refuse_large();
  }
}

template <class Get>
void fill_frame(const FrameFormat& format, bool planar, const Rule& rule, std::span<std::byte> out, Get get) {
  const auto fill_as = [&](auto* typed) { fill(format, planar && format.samples > 1, rule, typed, get); };
  switch (frame_type(format)) {
    case SampleType::uint8:
      return fill_as(reinterpret_cast<std::uint8_t*>(out.data()));
    case SampleType::int16:
      return fill_as(reinterpret_cast<std::int16_t*>(out.data()));
    case SampleType::uint16:
      return fill_as(reinterpret_cast<std::uint16_t*>(out.data()));
    default:
      return fill_as(reinterpret_cast<std::int32_t*>(out.data()));
  }
}

template <class Word>
Word word_at(const std::uint8_t* bytes, std::size_t index) {
  Word word = 0;
  std::memcpy(&word, bytes + index * sizeof(Word), sizeof(Word));
  return word;
}

// Two samples in three bytes, low bits first.
std::uint32_t packed12(const std::uint8_t* bytes, std::size_t index) {
  const std::uint8_t* at = bytes + index / 2 * 3;
  return index % 2 == 0 ? at[0] | (at[1] & 0x0fU) << 8 : at[1] >> 4 | std::uint32_t{at[2]} << 4;
}

// Sample i of all components lies in the byte planes of its component.
void unpack_byte_planes(const CodedImage& image, const FrameFormat& format, const Rule& rule,
                        std::span<std::byte> out) {
  const std::uint8_t* planes = image.samples.as<std::uint8_t>().data();
  const std::size_t pixels = format.pixels(), bytes = static_cast<std::size_t>(image.bytes);
  if (bytes == 1)
    return fill_frame(format, true, rule, out, [=](std::size_t i) { return std::uint32_t{planes[i]}; });
  if (bytes == 2 && format.samples == 1) {
    return fill_frame(format, true, rule, out, [high = planes, low = planes + pixels](std::size_t i) {
      return std::uint32_t{high[i]} << 8 | low[i];
    });
  }
  fill_frame(format, true, rule, out, [=](std::size_t i) {
    const std::uint8_t* at = planes + i / pixels * bytes * pixels + i % pixels;
    std::uint32_t value = 0;
    for (std::size_t b = 0; b < bytes; ++b) value = value << 8 | at[b * pixels];
    return value;
  });
}

void check_length(std::span<const std::uint8_t> bytes, std::size_t samples, std::int64_t bits) {
  const std::size_t needed = (samples * static_cast<std::size_t>(bits) + 7) / 8;
  if (bytes.size() >= needed) return;
  throw Error(Reason::truncated_pixels,
              "pixel data is " + counted(bytes.size(), "byte") + ", " + std::to_string(needed) + " expected");
}

}  // namespace

std::int64_t sign_extended(std::int64_t value, std::int64_t bits) {
  const std::int64_t half = std::int64_t{1} << (bits - 1);
  return ((value & (2 * half - 1)) ^ half) - half;
}

SampleType frame_type(const FrameFormat& format) {
  if (format.bits_allocated <= 8) return format.is_signed ? SampleType::int16 : SampleType::uint8;
  if (format.bits_allocated <= 16) return format.is_signed ? SampleType::int16 : SampleType::uint16;
  return SampleType::int32;
}

std::size_t frame_bytes(const FrameFormat& format) {
  return format.count() * bytes_per_sample(frame_type(format));
}

void unpack_native(std::span<const std::uint8_t> bytes, std::size_t first, const FrameFormat& format,
                   std::span<std::byte> out) {
  check_length(bytes, first + format.count(), format.bits_allocated);
  const std::uint8_t* in = bytes.data();
  const Rule rule(format.bits_stored, format.is_signed);
  const auto frame = [&](auto get) { fill_frame(format, format.planar, rule, out, get); };
  switch (format.bits_allocated) {
    case 1:
      return frame([=](std::size_t i) { return in[(first + i) / 8] >> ((first + i) % 8) & 1U; });
    case 8:
      return frame([in = in + first](std::size_t i) { return std::uint32_t{in[i]}; });
    case 12:
      return frame([=](std::size_t i) { return packed12(in, first + i); });
    case 16:
      return frame(
          [in = in + first * 2](std::size_t i) { return std::uint32_t{word_at<std::uint16_t>(in, i)}; });
    default:
      return frame([in = in + first * 4](std::size_t i) { return word_at<std::uint32_t>(in, i); });
  }
}

void unpack_coded(const CodedImage& image, const FrameFormat& format, std::span<std::byte> out) {
  const Buffer& samples = image.samples;
  const auto frame = [&](const Rule& rule, const auto* words) {
    fill_frame(format, image.planar, rule, out,
               [words](std::size_t i) { return static_cast<std::uint32_t>(words[i]); });
  };
  std::int64_t bits = std::min<std::int64_t>(format.bits_stored, image.precision);
  // A stream that knows signs gives values: where the header agrees they are right beyond BitsStored too, and
  // where it does not, all bits of the stream are read again as the header says.
  if (image.is_signed) bits = *image.is_signed == format.is_signed ? 32 : image.precision;
  const Rule rule(bits, format.is_signed);
  if (image.byte_planes) return unpack_byte_planes(image, format, rule, out);
  switch (image.bytes) {
    case 1:
      return frame(rule, samples.as<std::uint8_t>().data());
    case 2:
      return frame(rule, samples.as<std::uint16_t>().data());
    default:
      return frame(rule, samples.as<std::uint32_t>().data());
  }
}

}  // namespace radbatch
