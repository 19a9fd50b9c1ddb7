// The marker segments of a JPEG stream (ISO 10918-1 annex B): enough to know which process made it. Internal
// to the module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace radbatch {

/// One marker with its segment's bytes (without the length).
struct JpegSegment {
  std::uint8_t marker = 0;
  std::span<const std::uint8_t> bytes;
  std::size_t end = 0;  ///< where the next marker, or entropy-coded data, begins
};

/// The segment whose marker is at `at` or behind fill bytes there. Throws Error(Reason::truncated_pixels) at
/// the end of the stream, Error(Reason::bad_header) where there is no marker.
JpegSegment jpeg_segment(std::span<const std::uint8_t> stream, std::size_t at);

struct JpegComponent {
  std::uint8_t id = 0;
  int horizontal = 1, vertical = 1;  ///< sampling factors
};

/// SOF: what kind of JPEG this is.
struct JpegFrameHeader {
  std::uint8_t marker = 0;  ///< 0xc0 baseline, c1 extended, c2 progressive, c3 lossless
  int precision = 0;
  std::int64_t rows = 0, columns = 0;
  std::vector<JpegComponent> components;

  bool is_lossless() const { return marker == 0xc3; }
};

JpegFrameHeader jpeg_frame_header(const JpegSegment& sof);
bool is_frame_header(std::uint8_t marker);
/// The first frame header; throws Error(Reason::bad_header) where there is none before the first scan.
JpegFrameHeader find_jpeg_frame_header(std::span<const std::uint8_t> stream);
/// Whether the three components are YCbCr, where the stream itself says so: an Adobe marker (APP14) states
/// it; JFIF knows no other colour; components called R, G and B are those; colour differences alone are
/// stored at a lower resolution than the first component. Nothing where none of these is there.
std::optional<bool> is_ycbcr(std::span<const std::uint8_t> stream);

}  // namespace radbatch
