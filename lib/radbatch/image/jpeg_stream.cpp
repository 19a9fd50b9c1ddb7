#include "radbatch/image/jpeg_stream.hpp"

#include <optional>
#include <string>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/dicom/jpeg_picture.hpp"

namespace radbatch {
namespace {

constexpr unsigned end_of_image = 0xd9, start_of_scan = 0xda;

struct Segment {
  unsigned marker = 0;   ///< second byte
  std::size_t body = 0;  ///< offset behind the length field
  std::size_t end = 0;   ///< offset behind the segment
};

class Walker {
 public:
  explicit Walker(std::span<const std::byte> file) : file_(file) {}

  // The next marker at or behind `at` (entropy-coded bytes are skipped), or nothing.
  std::optional<Segment> next(std::size_t at) const {
    for (; at + 1 < file_.size(); ++at) {
      const unsigned marker = byte(at + 1);
      const bool stuffed = marker == 0 || marker == 0xff || (marker >= 0xd0 && marker <= 0xd8);
      if (byte(at) != 0xff || stuffed) continue;
      if (marker == end_of_image || marker == 0x01) return Segment{marker, at + 2, at + 2};
      if (at + 3 >= file_.size()) return std::nullopt;
      return Segment{marker, at + 4, at + 2 + word(at + 2)};
    }
    return std::nullopt;
  }
  unsigned byte(std::size_t at) const { return std::to_integer<unsigned>(file_[at]); }
  unsigned word(std::size_t at) const { return byte(at) << 8 | byte(at + 1); }
  std::size_t size() const { return file_.size(); }

 private:
  std::span<const std::byte> file_;
};

bool is_frame_header(unsigned marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

}  // namespace

ImageExtent jpeg_extent(std::span<const std::byte> file) {
  const Walker walker(file);
  for (auto segment = walker.next(2); segment && segment->marker != start_of_scan;
       segment = walker.next(segment->end)) {
    if (!is_frame_header(segment->marker) || segment->body + 6 > walker.size()) continue;
    ImageExtent extent;
    extent.bits = static_cast<int>(walker.byte(segment->body));
    extent.size = {walker.word(segment->body + 3), walker.word(segment->body + 1), 1};
    extent.channels = walker.byte(segment->body + 5) == 1 ? 1 : 3;
    if (extent.size[0] == 0 || extent.size[1] == 0) break;
    return extent;
  }
  throw Error(Reason::bad_header, "the JPEG file has no frame header");
}

void check_jpeg_is_complete(std::span<const std::byte> file) {
  const Walker walker(file);
  bool scanned = false;
  for (auto segment = walker.next(2); segment; segment = walker.next(segment->end)) {
    if (segment->marker == end_of_image && scanned) return;
    scanned |= segment->marker == start_of_scan;
  }
  throw Error(Reason::truncated_pixels, "the JPEG file ends before its end marker");
}

Volume read_jpeg(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const std::string file = read_file(path);
  check_jpeg_is_complete(std::as_bytes(std::span(file.data(), file.size())));
  JpegPicture picture =
      decode_jpeg_picture({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()}, max_bytes);
  Volume volume;
  volume.size = {picture.columns, picture.rows, 1};
  volume.dims = 2;
  volume.channels = picture.channels;
  volume.type = SampleType::uint8;
  volume.samples = std::move(picture.samples);
  volume.has_geometry = false;
  return volume;
}

}  // namespace radbatch
