// A JPEG file that is no DICOM object, such as a photograph or an exported picture, by the codec of DICOM's
// frames.
//
// ITK's reader goes on after some faults and dies of them; this one reads the same pixels and refuses.
#pragma once

#include <cstdint>
#include <span>

#include "radbatch/volume/buffer.hpp"

namespace radbatch {

struct JpegPicture {
  std::int64_t columns = 0, rows = 0;
  int channels = 1;  ///< 1: grey; 3: RGB
  Buffer samples;    ///< uint8; channel fastest, then columns, then rows
};

/// Sequential and progressive JPEG of 8 bits; what is stored as YCbCr, CMYK or YCCK comes out as RGB.
/// `max_bytes` bounds the decoded samples. Throws Error: truncated_pixels, bad_header, too_large.
JpegPicture decode_jpeg_picture(std::span<const std::uint8_t> file, std::uint64_t max_bytes);

}  // namespace radbatch
