// RLE of PS3.5 annex G: a header of 16 words, then one PackBits segment per byte of a sample, high bytes
// first.
#include <algorithm>
#include <array>
#include <cstring>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/codec.hpp"

namespace radbatch {
namespace {

constexpr std::size_t header_bytes = 64, max_segments = 15;

struct Segments {
  std::size_t count = 0;
  std::array<std::size_t, max_segments> offset{};
};

std::uint32_t word_at(ByteSpan bytes, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + at, 4);
  return word;
}

Segments read_header(ByteSpan stream, std::size_t expected) {
  if (stream.size() < header_bytes) throw Error(Reason::truncated_pixels, "RLE: the frame has no header");
  Segments segments{word_at(stream, 0), {}};
  if (segments.count != expected) {
    throw Error(Reason::bad_header, "RLE: the frame has " + counted(segments.count, "segment") + ", " +
                                        std::to_string(expected) + " expected");
  }
  for (std::size_t i = 0; i < segments.count; ++i) {
    segments.offset[i] = word_at(stream, 4 + 4 * i);
    if (segments.offset[i] < header_bytes)
      throw Error(Reason::bad_header, "RLE: a segment begins in the header");
    if (segments.offset[i] >= stream.size())
      throw Error(Reason::truncated_pixels, "RLE: a segment begins behind the end of the frame");
  }
  return segments;
}

// A segment ends where the next one begins, in whatever order they lie.
ByteSpan segment_bytes(ByteSpan stream, const Segments& segments, std::size_t index) {
  std::size_t end = stream.size();
  for (std::size_t i = 0; i < segments.count; ++i) {
    if (segments.offset[i] > segments.offset[index]) end = std::min(end, segments.offset[i]);
  }
  return stream.subspan(segments.offset[index], end - segments.offset[index]);
}

constexpr std::ptrdiff_t short_run = 16;

// Most runs are short: a fixed number of bytes, where there is room behind them, is one or two instructions.
void copy_run(const std::uint8_t* in, std::ptrdiff_t n, std::uint8_t* out, std::ptrdiff_t room) {
  if (n > short_run || room < short_run) {
    std::memcpy(out, in, static_cast<std::size_t>(n));
  } else {
    std::memcpy(out, in, short_run);
  }
}
void fill_run(std::uint8_t value, std::ptrdiff_t n, std::uint8_t* out, std::ptrdiff_t room) {
  if (n > short_run || room < short_run) {
    std::memset(out, value, static_cast<std::size_t>(n));
  } else {
    std::memset(out, value, short_run);
  }
}

// What a segment holds beyond the plane is padding; what it lacks is a fault.
void unpack_bits(ByteSpan packed, std::uint8_t* out, std::size_t wanted) {
  const std::uint8_t* in = packed.data();
  const std::uint8_t* const end = in + packed.size();
  std::uint8_t* const out_end = out + wanted;
  while (out < out_end && in < end) {
    const unsigned control = *in++;
    if (control < 128) {
      const auto n = std::min<std::ptrdiff_t>(control + 1, out_end - out);
      if (n > end - in) break;
      copy_run(in, n, out, std::min(out_end - out, end - in));
      in += n;
      out += n;
    } else if (control > 128) {
      if (in == end) break;
      const auto n = std::min<std::ptrdiff_t>(257 - static_cast<int>(control), out_end - out);
      fill_run(*in++, n, out, out_end - out);
      out += n;
    }
  }
  if (out != out_end) {
    throw Error(Reason::truncated_pixels,
                "RLE: a segment has " + counted(wanted - static_cast<std::size_t>(out_end - out), "byte") +
                    ", " + std::to_string(wanted) + " expected");
  }
}

}  // namespace

CodedImage decode_run_length(ByteSpan stream, const FrameFormat& format) {
  if (format.bits_allocated % 8 != 0)
    throw Error(Reason::bad_header, "RLE: BitsAllocated is " + std::to_string(format.bits_allocated));
  const auto bytes = static_cast<std::size_t>(format.bits_allocated / 8);
  const auto channels = static_cast<std::size_t>(format.samples);
  const std::size_t pixels = format.pixels();
  const Segments segments = read_header(stream, bytes * channels);
  Buffer planes(pixels * bytes * channels);
  auto* first = planes.as<std::uint8_t>().data();
  for (std::size_t s = 0; s < segments.count; ++s)
    unpack_bits(segment_bytes(stream, segments, s), first + s * pixels, pixels);
  return {.precision = static_cast<int>(format.bits_allocated),
          .planar = true,
          .byte_planes = true,
          .bytes = static_cast<int>(bytes),
          .samples = std::move(planes)};
}

}  // namespace radbatch
