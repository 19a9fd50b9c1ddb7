// What a pixel header must satisfy before anybody decodes its pixels.
//
// Decoders believe headers: ITK and GDCM read a 64x64 image with one byte of pixels as "OK", and 910 bytes
// can declare 65535 x 65535. The gate needs numbers only, so it can be tested and fuzzed without a DICOM
// library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "radbatch/base/reason.hpp"

namespace radbatch {

/// The attributes of the Image Pixel module as found; -1 where the header has none.
struct PixelHeader {
  std::int64_t rows = -1;
  std::int64_t columns = -1;
  std::int64_t frames = 1;
  std::int64_t samples = 1;
  std::int64_t bits_allocated = -1;
  std::int64_t bits_stored = -1;
  std::int64_t high_bit = -1;
  std::int64_t pixel_representation = 0;
  int float_bits = 0;  ///< 32: FloatPixelData, 64: DoubleFloatPixelData, 0: PixelData
  std::int64_t planar_configuration = 0;
  std::string photometric;
  std::string transfer_syntax;
  bool encapsulated = false;      ///< the pixel data is a sequence of fragments
  std::uint64_t pixel_bytes = 0;  ///< native: declared length; encapsulated: sum of the fragments
  std::uint64_t fragments = 0;    ///< without the offset table
  std::uint64_t file_size = 0;
};

struct Refusal {
  Reason reason;
  std::string detail;
};

/// Largest image that is decoded unless the caller allows less.
inline constexpr std::uint64_t default_max_volume_bytes = std::uint64_t{4} << 30;

/// Bytes of the native pixel data that the header asks for, before padding to an even length.
std::uint64_t native_bytes(const PixelHeader& header);
/// Bytes of the decoded pixels in memory, or nothing on overflow.
std::optional<std::uint64_t> decoded_bytes(const PixelHeader& header);
/// Why the pixels must not be decoded, or nothing.
std::optional<Refusal> check_pixel_header(const PixelHeader& header,
                                          std::uint64_t max_bytes = default_max_volume_bytes);
/// True for the transfer syntaxes whose pixels this build decodes.
bool can_decode(const std::string& transfer_syntax);
/// True for MPEG-2, MPEG-4 and HEVC: one stream for all frames. Its pixels are the video module's.
bool is_video_syntax(const std::string& transfer_syntax);
/// True for the compressed ones among them, video included.
bool is_compressed(const std::string& transfer_syntax);

}  // namespace radbatch
