#include "radbatch/dicom/jpeg_markers.hpp"

#include <cstring>
#include <string_view>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

using Stream = std::span<const std::uint8_t>;

constexpr std::uint8_t start_of_image = 0xd8, end_of_image = 0xd9, start_of_scan = 0xda, app0 = 0xe0,
                       app14 = 0xee;

// SOI, EOI, RSTn and TEM stand alone.
bool has_no_segment(std::uint8_t marker) {
  return (marker >= 0xd0 && marker <= end_of_image) || marker == 0x01;
}

Error ended() {
  return {Reason::truncated_pixels, "JPEG: the stream ends before its pixels"};
}

bool begins_with(Stream bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

// Calls visit for each segment up to the first scan, until it says that it has seen enough.
template <class Visit>
void for_each_segment(Stream stream, Visit visit) {
  if (stream.size() < 2 || stream[0] != 0xff || stream[1] != start_of_image)
    throw Error(Reason::bad_header, "JPEG: the frame is no JPEG stream");
  for (std::size_t at = 2;;) {
    const JpegSegment segment = jpeg_segment(stream, at);
    if (segment.marker == start_of_scan || segment.marker == end_of_image) return;
    if (visit(segment)) return;
    at = segment.end;
  }
}

}  // namespace

JpegSegment jpeg_segment(Stream stream, std::size_t at) {
  if (at >= stream.size()) throw ended();
  if (stream[at] != 0xff) throw Error(Reason::bad_header, "JPEG: a marker is missing");
  while (at < stream.size() && stream[at] == 0xff) ++at;
  if (at >= stream.size()) throw ended();
  JpegSegment segment{stream[at++], {}, at};
  if (has_no_segment(segment.marker)) return segment;
  if (at + 2 > stream.size()) throw ended();
  const std::size_t length = std::size_t{stream[at]} << 8 | stream[at + 1];
  if (length < 2) throw Error(Reason::bad_header, "JPEG: a marker segment has no length");
  if (at + length > stream.size()) throw ended();
  segment.bytes = stream.subspan(at + 2, length - 2);
  segment.end = at + length;
  return segment;
}

bool is_frame_header(std::uint8_t marker) {
  // C4, C8 and CC are tables and a reserved code among the frame headers.
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

JpegFrameHeader jpeg_frame_header(const JpegSegment& sof) {
  const Stream b = sof.bytes;
  if (b.size() < 6 || b.size() != 6 + std::size_t{b[5]} * 3)
    throw Error(Reason::bad_header, "JPEG: the frame header is damaged");
  JpegFrameHeader header{sof.marker, b[0], b[1] << 8 | b[2], b[3] << 8 | b[4], {}};
  for (std::size_t i = 6; i < b.size(); i += 3)
    header.components.push_back({b[i], b[i + 1] >> 4, b[i + 1] & 15});
  return header;
}

JpegFrameHeader find_jpeg_frame_header(Stream stream) {
  std::optional<JpegFrameHeader> header;
  for_each_segment(stream, [&](const JpegSegment& segment) {
    if (is_frame_header(segment.marker)) header = jpeg_frame_header(segment);
    return header.has_value();
  });
  if (!header) throw Error(Reason::bad_header, "JPEG: there is no frame header");
  return *header;
}

std::optional<bool> is_ycbcr(Stream stream) {
  std::optional<int> adobe_transform;
  bool is_jfif = false;
  JpegFrameHeader header;
  for_each_segment(stream, [&](const JpegSegment& segment) {
    if (segment.marker == app14 && begins_with(segment.bytes, "Adobe") && segment.bytes.size() >= 12)
      adobe_transform = segment.bytes[11];
    is_jfif |= segment.marker == app0 && begins_with(segment.bytes, "JFIF");
    if (is_frame_header(segment.marker)) header = jpeg_frame_header(segment);
    return false;
  });
  if (adobe_transform && *adobe_transform <= 1) return *adobe_transform == 1;
  if (is_jfif) return true;
  const auto& c = header.components;
  if (c.size() != 3) return std::nullopt;
  if (c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B') return false;
  if (c[0].horizontal * c[0].vertical > c[1].horizontal * c[1].vertical) return true;
  return std::nullopt;
}

}  // namespace radbatch
