// One frame of a DICOM image from its bytes to plain samples: the seam between those who read files and the
// codecs.
//
// A pure function of its arguments without a DICOM library in sight, so that frames of one file, and slices
// of one series, can be decoded by several threads. Each codec's library is private to this module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// What the header says of every frame (PS3.3 C.7.6.3); the header gate has found it consistent.
struct FrameFormat {
  std::int64_t columns = 0;
  std::int64_t rows = 0;
  std::int64_t samples = 1;  ///< 1 or 3
  std::int64_t bits_allocated = 16;
  std::int64_t bits_stored = 16;
  bool is_signed = false;
  bool planar = false;  ///< native pixels: all reds, then all greens, then all blues
  std::string photometric = "MONOCHROME2";

  std::size_t pixels() const { return static_cast<std::size_t>(columns * rows); }
  std::size_t count() const { return pixels() * static_cast<std::size_t>(samples); }
};

/// The type of decoded samples: the narrowest of uint8, int16, uint16, int32 that holds BitsAllocated.
SampleType frame_type(const FrameFormat& format);
/// Bytes of one decoded frame.
std::size_t frame_bytes(const FrameFormat& format);

/// Decodes one frame into `out`, which has frame_bytes(format) bytes: channel fastest, then columns, then
/// rows.
///
/// `stream` is the frame's native bytes, or its fragments joined. Bits above BitsStored are cleared, signed
/// values extended from BitsStored or the stream's own precision, whichever is less; where stream and header
/// disagree about the sign, the header is right. Colour comes out as RGB whatever it was. Returns the
/// photometric interpretation of what is in `out`: "RGB", or the header's own for grey (MONOCHROME1 is not
/// turned round, a palette not applied). Big endian native words of 16 and 32 bits are turned round here;
/// 8-bit samples inside big endian OW words are not (only the one who knows the VR can). Throws Error:
/// transfer_syntax, truncated_pixels, bad_header, photometric, range. Thread-safe.
std::string_view decode_frame(std::string_view transfer_syntax, std::span<const std::uint8_t> stream,
                              const FrameFormat& format, std::span<std::byte> out);

/// MONOCHROME1 to MONOCHROME2 in place, about the middle of the range: v -> 2^BitsStored - 1 - v, signed v ->
/// -1 - v.
void invert_monochrome1(const FrameFormat& format, std::span<std::byte> samples);

}  // namespace radbatch
