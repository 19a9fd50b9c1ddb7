// What every codec of this module takes and gives. Internal to the module; no codec's own types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "radbatch/dicom/frame_decoder.hpp"
#include "radbatch/volume/buffer.hpp"

namespace radbatch {

using ByteSpan = std::span<const std::uint8_t>;

/// The samples of one frame as the codec left them.
struct CodedImage {
  int precision = 8;  ///< bits that a sample has by the stream's own word
  std::optional<bool>
      is_signed;        ///< by the stream's own word: only JPEG 2000 has one, and gives values, not bits
  bool planar = false;  ///< one component after the other instead of pixel by pixel
  bool byte_planes =
      false;            ///< planar, and of each component the high bytes of all pixels, then the next ones
  bool is_rgb = false;  ///< the stream's own colour transform is undone
  int bytes = 2;        ///< of one sample: 1, 2 or 4, in the machine's order
  Buffer samples;
};

CodedImage decode_run_length(ByteSpan stream, const FrameFormat& format);
CodedImage decode_jpeg_ls(ByteSpan stream, const FrameFormat& format);
CodedImage decode_jpeg2000(ByteSpan stream, const FrameFormat& format);
CodedImage decode_jpeg_xl(ByteSpan stream, const FrameFormat& format);
/// Sequential and progressive JPEG of 8 bits.
CodedImage decode_jpeg_8bit(ByteSpan stream, const FrameFormat& format);
/// Sequential and progressive JPEG of 12 bits.
CodedImage decode_jpeg_12bit(ByteSpan stream, const FrameFormat& format);
/// JPEG lossless (process 14), every predictor.
CodedImage decode_jpeg_lossless(ByteSpan stream, const FrameFormat& format);
/// Raw deflate of one frame's native bytes, of which there are `bytes`.
Buffer inflate_frame(ByteSpan stream, std::size_t bytes);

/// Throws Error(Reason::bad_header) where a stream has another size than the header; `kind` begins the
/// message.
void check_extent(const char* kind, const FrameFormat& format, std::int64_t columns, std::int64_t rows,
                  std::int64_t components);

}  // namespace radbatch
