// Where the pixels of a file lie when they are nothing but a block of samples.
//
// The scan has seen the header; with this a reader opens the file once, for its pixels, and parses nothing.
#pragma once

#include <cstdint>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// One uncompressed little-endian grey frame of 8-bit unsigned or 16-bit samples, which only needs: bits
/// above `bits_stored` cleared (or the sign extended), MONOCHROME1 inverted, then slope and intercept.
struct PlainPixels {
  std::uint64_t file_size = 0;  ///< with mtime_ns: what the file was when its header was read
  std::int64_t mtime_ns = 0;
  std::uint64_t offset = 0;  ///< of the first sample in the file
  std::uint64_t bytes = 0;   ///< rows * columns * bits_allocated / 8
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  int bits_allocated = 16;
  int bits_stored = 16;
  bool is_signed = false;
  bool is_inverted = false;  ///< MONOCHROME1
  double slope = 1;
  double intercept = 0;

  bool operator==(const PlainPixels&) const = default;
};

/// An array of numbers in the order of the members.
Json to_json(const PlainPixels& pixels);
/// Throws Json::exception, or Error(ExitCode::internal) when the numbers contradict each other.
PlainPixels plain_pixels_from_json(const Json& json);

}  // namespace radbatch
