#include <doctest/doctest.h>

#include "coded_frames.hpp"
#include "error_text.hpp"
#include "radbatch/base/error.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

constexpr const char* run_length = "1.2.840.10008.1.2.5";
using Bytes = std::vector<std::uint8_t>;

void put_word(Bytes& bytes, std::size_t at, std::size_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

// A frame with these segments, in the order in which `order` lays them out.
Bytes frame_of(const std::vector<Bytes>& segments, std::vector<std::size_t> order = {}) {
  if (order.empty())
    for (std::size_t i = 0; i < segments.size(); ++i) order.push_back(i);
  Bytes frame(64);
  put_word(frame, 0, segments.size());
  for (const std::size_t i : order) {
    put_word(frame, 4 + 4 * i, frame.size());
    frame.insert(frame.end(), segments[i].begin(), segments[i].end());
  }
  return frame;
}

FrameFormat format_of(std::int64_t columns, std::int64_t samples, std::int64_t bits) {
  FrameFormat format;
  format.columns = columns;
  format.rows = 1;
  format.samples = samples;
  format.bits_allocated = format.bits_stored = bits;
  if (samples == 3) format.photometric = "RGB";
  return format;
}

std::vector<int> values(const Bytes& frame, const FrameFormat& format) {
  return decoded_values(run_length, frame, format);
}

}  // namespace

TEST_CASE("literals, repetitions and no-operations of 8-bit samples") {
  // 2 literals, no-op, 3 times 9
  CHECK(values(frame_of({{1, 5, 6, 0x80, 0xfe, 9}}), format_of(5, 1, 8)) == std::vector<int>{5, 6, 9, 9, 9});
}

TEST_CASE("16- and 32-bit samples are byte planes, high bytes first") {
  CHECK(values(frame_of({{1, 1, 2}, {0xff, 7}}), format_of(2, 1, 16)) == std::vector<int>{0x107, 0x207});
  CHECK(values(frame_of({{0, 1}, {0, 2}, {0, 3}, {0, 4}}), format_of(1, 1, 32)) ==
        std::vector<int>{0x01020304});
}

TEST_CASE("colour has its planes one after the other") {
  CHECK(values(frame_of({{1, 1, 2}, {1, 3, 4}, {1, 5, 6}}), format_of(2, 3, 8)) ==
        std::vector<int>{1, 3, 5, 2, 4, 6});
  CHECK(values(frame_of({{0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {0, 6}}), format_of(1, 3, 16)) ==
        std::vector<int>{0x102, 0x304, 0x506});
}

TEST_CASE("segments may lie in any order, and be padded") {
  CHECK(values(frame_of({{1, 1, 2, 0}, {0xff, 7, 0}}, {1, 0}), format_of(2, 1, 16)) ==
        std::vector<int>{0x107, 0x207});
}

TEST_CASE("damaged run-length frames are refused with the reason") {
  const auto text = [](const Bytes& frame) { return error_of([&] { values(frame, format_of(4, 1, 8)); }); };
  CHECK(text(Bytes(63)) == "E_TRUNCATED_PIXELS: RLE: the frame has no header");
  CHECK(text(frame_of({{3, 1, 2, 3, 4}, {0}})) == "E_BAD_HEADER: RLE: the frame has 2 segments, 1 expected");
  CHECK(error_of([] { values(Bytes(70), format_of(4, 1, 12)); }) == "E_BAD_HEADER: RLE: BitsAllocated is 12");
  Bytes frame = frame_of({{3, 1, 2, 3, 4}});
  put_word(frame, 4, 60);
  CHECK(text(frame) == "E_BAD_HEADER: RLE: a segment begins in the header");
  put_word(frame, 4, 1000);
  CHECK(text(frame) == "E_TRUNCATED_PIXELS: RLE: a segment begins behind the end of the frame");
  CHECK(text(frame_of({{3, 1, 2}})) == "E_TRUNCATED_PIXELS: RLE: a segment has 0 bytes, 4 expected");
  CHECK(text(frame_of({{0xff, 1}})) == "E_TRUNCATED_PIXELS: RLE: a segment has 2 bytes, 4 expected");
  CHECK(text(frame_of({{0xfe}})) == "E_TRUNCATED_PIXELS: RLE: a segment has 0 bytes, 4 expected");
}
