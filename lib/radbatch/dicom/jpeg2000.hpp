// One JPEG 2000 codestream to samples, through OpenJPEG. Internal to the module.
//
// Not through ITK's GDCM: Debian's build aborts on bad (and some valid) input and gets no security updates,
// and OpenJPEG gets them. DCMTK has no JPEG 2000.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace radbatch {

struct Jpeg2000Image {
  std::int64_t width = 0;
  std::int64_t height = 0;
  int components = 0;
  int precision = 0;
  bool is_signed = false;
  std::vector<std::int32_t> samples;  ///< component fastest, then columns, then rows; colour transform undone
};

/// Throws Error(Reason::truncated_pixels) when the codestream is incomplete, Error(Reason::bad_header)
/// otherwise. `max_samples` bounds what the stream's own header may ask for.
Jpeg2000Image decode_jpeg2000(std::span<const std::uint8_t> stream, std::uint64_t max_samples);

}  // namespace radbatch
