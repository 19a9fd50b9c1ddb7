// JPEG lossless (ISO 10918-1 process 14, annex H): Huffman-coded differences from a prediction, exact by
// definition.
//
// Our own: libjpeg-turbo 2.1 has no lossless mode, and DCMTK's is several times slower. All seven predictors,
// 2 to 16 bits, interleaved and separate components, restart intervals, point transform.
#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/codec.hpp"
#include "radbatch/dicom/jpeg_differences.hpp"
#include "radbatch/dicom/jpeg_markers.hpp"

namespace radbatch {
namespace {

constexpr std::uint8_t tables_marker = 0xc4, end_of_image = 0xd9, start_of_scan = 0xda,
                       restart_interval = 0xdd;

Error ended() {
  return {Reason::truncated_pixels, "JPEG lossless: the stream ends before its last pixel"};
}

// Table H.1.
template <int selection>
int predict(int left, int above, int corner) {
  if constexpr (selection == 1) return left;
  if constexpr (selection == 2) return above;
  if constexpr (selection == 3) return corner;
  if constexpr (selection == 4) return left + above - corner;
  if constexpr (selection == 5) return left + ((above - corner) >> 1);
  if constexpr (selection == 6) return above + ((left - corner) >> 1);
  if constexpr (selection == 7) return (left + above) >> 1;
}

/// One component of a scan: its samples lie `stride` words apart.
struct Plane {
  std::uint16_t* samples = nullptr;
  const HuffmanTable* table = nullptr;
};

struct Scan {
  std::vector<Plane> planes;
  int selection = 1;
  int point_transform = 0;
  std::int64_t columns = 0, rows = 0;
  std::size_t stride = 1;
  std::int64_t restart_rows = 0;  ///< rows between restarts; 0: none
  int precision = 16;
};

// The first row of a scan and after a restart has nothing above it.
void decode_first_row(BitReader& reader, const Scan& scan, std::size_t offset) {
  for (std::int64_t x = 0; x < scan.columns; ++x, offset += scan.stride) {
    for (const Plane& plane : scan.planes) {
      const int predicted =
          x == 0 ? 1 << (scan.precision - scan.point_transform - 1) : plane.samples[offset - scan.stride];
      plane.samples[offset] = static_cast<std::uint16_t>(predicted + decode_difference(reader, *plane.table));
    }
  }
}

template <int selection>
std::uint16_t next_sample(BitReader& reader, const HuffmanTable& table, const std::uint16_t* at,
                          std::size_t stride, std::size_t row) {
  const int predicted = predict<selection>(*(at - stride), *(at - row), *(at - row - stride));
  return static_cast<std::uint16_t>(predicted + decode_difference(reader, table));
}

// The reader's state is kept in registers: by value, and put back at the end.
template <int selection>
void decode_row(BitReader& state, const Scan& scan, std::size_t offset) {
  BitReader reader = state;
  const std::size_t row = static_cast<std::size_t>(scan.columns) * scan.stride, stride = scan.stride;
  for (const Plane& plane : scan.planes) {
    plane.samples[offset] =
        static_cast<std::uint16_t>(plane.samples[offset - row] + decode_difference(reader, *plane.table));
  }
  if (scan.planes.size() == 1) {
    const Plane plane = scan.planes.front();
    std::uint16_t* at = plane.samples + offset + stride;
    for (std::int64_t x = 1; x < scan.columns; ++x, at += stride)
      *at = next_sample<selection>(reader, *plane.table, at, stride, row);
  } else {
    for (std::int64_t x = 1; x < scan.columns; ++x) {
      offset += stride;
      for (const Plane& plane : scan.planes)
        plane.samples[offset] =
            next_sample<selection>(reader, *plane.table, plane.samples + offset, stride, row);
    }
  }
  state = reader;
}

using DecodeRow = void (*)(BitReader&, const Scan&, std::size_t);

DecodeRow row_decoder(int selection) {
  constexpr std::array<DecodeRow, 8> decoders{nullptr,       decode_row<1>, decode_row<2>, decode_row<3>,
                                              decode_row<4>, decode_row<5>, decode_row<6>, decode_row<7>};
  if (selection < 1 || selection > 7) throw jpeg_lossless_fault("predictor " + std::to_string(selection));
  return decoders[static_cast<std::size_t>(selection)];
}

/// The whole stream; its tables may change between scans.
class Decoder {
 public:
  Decoder(ByteSpan stream, const FrameFormat& format, const JpegFrameHeader& header)
      : stream_(stream),
        format_(format),
        header_(header),
        scanned_(header.components.size()),
        samples_(format.count() * 2) {}

  Buffer decode() {
    for (std::size_t at = 2; !std::ranges::all_of(scanned_, std::identity());) {
      const JpegSegment segment = jpeg_segment(stream_, at);
      at = segment.end;
      if (segment.marker == tables_marker) read_tables(segment.bytes);
      if (segment.marker == restart_interval) read_restart_interval(segment.bytes);
      if (segment.marker == start_of_scan) at = decode_scan(read_scan(segment.bytes), at);
      if (segment.marker == end_of_image) throw ended();
    }
    return std::move(samples_);
  }

 private:
  void read_tables(ByteSpan bytes) {
    while (!bytes.empty()) {
      if (bytes.size() < 17) throw jpeg_lossless_fault("a Huffman table is damaged");
      std::size_t n = 0;
      for (std::size_t i = 1; i <= 16; ++i) n += bytes[i];
      if (n > 17 || bytes.size() < 17 + n) throw jpeg_lossless_fault("a Huffman table is damaged");
      const ByteSpan values = bytes.subspan(17, n);
      if (std::ranges::any_of(values, [](std::uint8_t v) { return v > 16; }))
        throw jpeg_lossless_fault("a Huffman table is damaged");
      if (bytes[0] > 3) throw jpeg_lossless_fault("a Huffman table has no place");
      tables_[bytes[0]].emplace(bytes.subspan(1, 16), values);
      bytes = bytes.subspan(17 + n);
    }
  }

  void read_restart_interval(ByteSpan bytes) {
    if (bytes.size() != 2) throw jpeg_lossless_fault("the restart interval is damaged");
    restart_samples_ = bytes[0] << 8 | bytes[1];
  }

  Scan read_scan(ByteSpan b) {
    if (b.empty() || b[0] == 0 || b.size() != 4 + std::size_t{b[0]} * 2)
      throw jpeg_lossless_fault("a scan header is damaged");
    Scan scan;
    scan.columns = format_.columns;
    scan.rows = format_.rows;
    scan.stride = static_cast<std::size_t>(format_.samples);
    scan.precision = header_.precision;
    for (std::size_t i = 1; i <= std::size_t{b[0]} * 2; i += 2)
      scan.planes.push_back(plane_of(b[i], b[i + 1] >> 4));
    const std::size_t parameters = 1 + std::size_t{b[0]} * 2;
    scan.selection = b[parameters];
    scan.point_transform = b[parameters + 2] & 15;
    if (scan.point_transform >= scan.precision)
      throw jpeg_lossless_fault("the point transform removes every bit");
    if (restart_samples_ % scan.columns != 0)
      throw jpeg_lossless_fault("a restart interval ends inside a row");
    scan.restart_rows = restart_samples_ / scan.columns;
    return scan;
  }

  Plane plane_of(std::uint8_t id, int table) {
    for (std::size_t c = 0; c < header_.components.size(); ++c) {
      if (header_.components[c].id != id) continue;
      if (table > 3 || !tables_[static_cast<std::size_t>(table)])
        throw jpeg_lossless_fault("a Huffman table is missing");
      if (scanned_[c]) throw jpeg_lossless_fault("a component comes twice");
      scanned_[c] = true;
      return {samples_.as<std::uint16_t>().data() + c, &*tables_[static_cast<std::size_t>(table)]};
    }
    throw jpeg_lossless_fault("a scan names a component that is not there");
  }

  std::size_t decode_scan(const Scan& scan, std::size_t at) {
    BitReader reader(stream_, at);
    const DecodeRow decode_row = row_decoder(scan.selection);
    for (std::int64_t y = 0; y < scan.rows; ++y) {
      const auto offset = static_cast<std::size_t>(y * scan.columns) * scan.stride;
      const bool restarts = scan.restart_rows > 0 && y % scan.restart_rows == 0;
      if (restarts && y > 0) skip_restart(reader);
      if (restarts || y == 0) {
        decode_first_row(reader, scan, offset);
      } else {
        decode_row(reader, scan, offset);
      }
      if (reader.is_past_end()) throw ended();
    }
    undo_point_transform(scan);
    return end_of_data(reader);
  }

  void skip_restart(BitReader& reader) const {
    const JpegSegment marker = jpeg_segment(stream_, end_of_data(reader));
    if (marker.marker < 0xd0 || marker.marker > 0xd7)
      throw jpeg_lossless_fault("a restart marker is missing");
    reader.restart(marker.end);
  }

  // Where the marker stands that ends the data. A writer may pad; more than that is a sign of lost bits.
  std::size_t end_of_data(const BitReader& reader) const {
    std::size_t at = reader.end();
    while (at + 1 < stream_.size() && (stream_[at] != 0xff || stream_[at + 1] == 0)) ++at;
    if (reader.unread_bytes() + at - reader.end() > 4)
      throw jpeg_lossless_fault("the stream has more data than pixels");
    return at;
  }

  void undo_point_transform(const Scan& scan) {
    if (scan.point_transform == 0) return;
    for (const Plane& plane : scan.planes) {
      for (std::size_t i = 0; i < format_.count(); i += scan.stride)
        plane.samples[i] = static_cast<std::uint16_t>(plane.samples[i] << scan.point_transform);
    }
  }

  ByteSpan stream_;
  const FrameFormat& format_;
  const JpegFrameHeader& header_;
  std::array<std::optional<HuffmanTable>, 4> tables_;
  std::int64_t restart_samples_ = 0;
  std::vector<bool> scanned_;
  Buffer samples_;
};

}  // namespace

CodedImage decode_jpeg_lossless(ByteSpan stream, const FrameFormat& format) {
  const JpegFrameHeader header = find_jpeg_frame_header(stream);
  check_extent("JPEG lossless", format, header.columns, header.rows,
               static_cast<std::int64_t>(header.components.size()));
  if (header.precision < 2 || header.precision > 16)
    throw jpeg_lossless_fault(std::to_string(header.precision) + " bits");
  const JpegComponent& first = header.components.front();
  if (!std::ranges::all_of(header.components, [&](const JpegComponent& c) {
        return c.horizontal == first.horizontal && c.vertical == first.vertical;
      }))
    throw jpeg_lossless_fault("the components differ in size");
  return {.precision = header.precision, .bytes = 2, .samples = Decoder(stream, format, header).decode()};
}

}  // namespace radbatch
