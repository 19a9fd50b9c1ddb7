#include "radbatch/dicom/frame_decoder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "coded_frames.hpp"
#include "error_text.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/parallel.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

constexpr const char* little = "1.2.840.10008.1.2.1";
constexpr const char* big = "1.2.840.10008.1.2.2";

int largest_difference(const std::vector<int>& a, const std::vector<int>& b) {
  REQUIRE(a.size() == b.size());
  int largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

FrameFormat row_of(std::int64_t columns, std::int64_t bits_allocated, std::int64_t bits_stored,
                   bool is_signed) {
  FrameFormat format;
  format.columns = columns;
  format.rows = 1;
  format.bits_allocated = bits_allocated;
  format.bits_stored = bits_stored;
  format.is_signed = is_signed;
  return format;
}

FrameFormat colour_row(std::int64_t columns, std::int64_t bits, const char* photometric) {
  FrameFormat format = row_of(columns, bits, bits, false);
  format.samples = 3;
  format.photometric = photometric;
  return format;
}

// A frame of raw deflate: stored blocks only.
std::vector<std::uint8_t> stored_deflate(const std::vector<std::uint8_t>& bytes) {
  const auto n = static_cast<std::uint16_t>(bytes.size());
  std::vector<std::uint8_t> out{1, static_cast<std::uint8_t>(n), static_cast<std::uint8_t>(n >> 8),
                                static_cast<std::uint8_t>(~n), static_cast<std::uint8_t>(~n >> 8)};
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

}  // namespace

TEST_CASE("every codec gives the picture that was encoded, exactly where it is lossless") {
  for (const CodedFrame& frame : coded_frames()) {
    CAPTURE(std::string(frame.name));
    const auto values =
        decoded_values(frame.transfer_syntax, frame.stream(), coded_format(frame.samples, frame.bits));
    CHECK(largest_difference(values, frame.original()) <= frame.tolerance);
  }
}

TEST_CASE("a JPEG of thousands of scans is refused before it has cost anything") {
  const auto frames = coded_frames();
  const auto progressive = std::ranges::find(frames, std::string("jpeg_progressive"), &CodedFrame::name);
  auto stream = progressive->stream();
  const std::array<std::uint8_t, 2> start_of_scan{0xff, 0xda};
  const auto first = std::ranges::search(stream, start_of_scan).begin();
  const auto end =
      std::adjacent_find(first + 2, stream.end(), [](int a, int b) { return a == 0xff && b != 0; });
  const std::vector<std::uint8_t> scan(first, end);
  const auto at = end - stream.begin();
  for (int i = 0; i < 3000; ++i) stream.insert(stream.begin() + at, scan.begin(), scan.end());
  CHECK(error_of([&] { decoded_values(progressive->transfer_syntax, stream, coded_format(1, 8)); }) ==
        "E_BAD_HEADER: JPEG: more than 500 scans");
}

TEST_CASE("many threads decode what one does") {
  const auto frames = coded_frames();
  std::vector<std::vector<int>> alone;
  for (const CodedFrame& f : frames)
    alone.push_back(decoded_values(f.transfer_syntax, f.stream(), coded_format(f.samples, f.bits)));
  std::vector<char> equal(frames.size() * 20);
  parallel_for(equal.size(), 8, [&](std::size_t i) {
    const CodedFrame& f = frames[i % frames.size()];
    equal[i] = decoded_values(f.transfer_syntax, f.stream(), coded_format(f.samples, f.bits)) ==
               alone[i % frames.size()];
  });
  CHECK(std::ranges::count(equal, 1) == std::ssize(equal));
}

TEST_CASE("a JPEG says itself whether it is YCbCr, against the header") {
  for (const CodedFrame& frame : coded_frames()) {
    if (frame.name != std::string("jpeg_422") && frame.name != std::string("jpeg_rgb")) continue;
    for (const char* photometric : {"RGB", "YBR_FULL", "YBR_FULL_422"}) {
      FrameFormat format = coded_format(3, 8);
      format.photometric = photometric;
      CHECK(largest_difference(decoded_values(frame.transfer_syntax, frame.stream(), format),
                               frame.original()) <= frame.tolerance);
    }
  }
}

TEST_CASE("a stream cut at any place is refused, never filled up") {
  for (const CodedFrame& frame : coded_frames()) {
    CAPTURE(std::string(frame.name));
    const auto stream = frame.stream();
    const FrameFormat format = coded_format(frame.samples, frame.bits);
    std::vector<std::byte> out(frame_bytes(format));
    int accepted = 0;
    for (std::size_t n = 0; n + 2 < stream.size(); ++n) {
      try {
        decode_frame(frame.transfer_syntax, std::span(stream).first(n), format, out);
        ++accepted;
      } catch (const Error& error) {
        CHECK(error.reason());
      }
    }
    CHECK(accepted == 0);
  }
}

TEST_CASE("a stream of another size than the header is refused") {
  for (const CodedFrame& frame : coded_frames()) {
    CAPTURE(std::string(frame.name));
    FrameFormat format = coded_format(frame.samples, frame.bits);
    format.rows = 11;
    std::vector<std::byte> out(frame_bytes(format));
    CHECK(error_of([&] {
            decode_frame(frame.transfer_syntax, frame.stream(), format, out);
          }).find("the header says 16 x 11") != std::string::npos);
  }
}

TEST_CASE("what a frame's photometric interpretation is afterwards is said") {
  FrameFormat format = row_of(1, 8, 8, false);
  std::vector<std::byte> out(3);
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  format.photometric = "MONOCHROME1";
  CHECK(decode_frame(little, bytes, format, std::span(out).first(1)) == "MONOCHROME1");
  CHECK(decode_frame(little, bytes, colour_row(1, 8, "YBR_FULL"), out) == "RGB");
  CHECK(error_of([&] { decode_frame(little, bytes, format, out); }) ==
        "1: a frame's buffer has another size");
}

TEST_CASE("native samples of 1, 8, 12, 16 and 32 bits") {
  CHECK(decoded_values(little, std::vector<std::uint8_t>{0x05}, row_of(4, 1, 1, false)) ==
        std::vector<int>{1, 0, 1, 0});
  CHECK(decoded_values(little, std::vector<std::uint8_t>{0x7f, 0xff}, row_of(2, 8, 8, true)) ==
        std::vector<int>{127, -1});
  CHECK(decoded_values(little, std::vector<std::uint8_t>{0x23, 0x61, 0x45, 0xff, 0x0f},
                       row_of(3, 12, 12, false)) == std::vector<int>{0x123, 0x456, 0xfff});
  CHECK(decoded_values(little, std::vector<std::uint8_t>{0xff, 0xf7, 0xff, 0x0f}, row_of(2, 16, 12, true)) ==
        std::vector<int>{2047, -1});
  CHECK(decoded_values(little, std::vector<std::uint8_t>{0xfe, 0xff, 0xff, 0xff}, row_of(1, 32, 32, true)) ==
        std::vector<int>{-2});
}

TEST_CASE("big endian words are turned round") {
  CHECK(decoded_values(big, std::vector<std::uint8_t>{1, 2}, row_of(1, 16, 16, false)) ==
        std::vector<int>{0x102});
  CHECK(decoded_values(big, std::vector<std::uint8_t>{1, 2, 3, 4}, row_of(1, 32, 32, false)) ==
        std::vector<int>{0x1020304});
}

TEST_CASE("unsigned 32-bit values beyond int32 are refused") {
  const std::vector<std::uint8_t> bytes{0, 0, 0, 0x80};
  CHECK(error_of([&] { decoded_values(little, bytes, row_of(1, 32, 32, false)); }) ==
        "E_RANGE: stored values beyond 2147483647 are not supported");
}

TEST_CASE("colour becomes RGB in 8 and 16 bits, full and partial range, 4:4:4 and 4:2:2") {
  CHECK(decoded_values(little, std::vector<std::uint8_t>{76, 85, 255}, colour_row(1, 8, "YBR_FULL")) ==
        std::vector<int>{254, 0, 0});
  // Red by PS3.3 C.7.6.3.1.2: Y 0.299, Cb 0.5 - 0.1687, Cr 1 of 65535.
  const std::vector<std::uint8_t> red16{0x8b, 0x4c, 0xd0, 0x54, 0xff, 0xff};
  CHECK(largest_difference(decoded_values(little, red16, colour_row(1, 16, "YBR_FULL")), {65535, 0, 0}) <= 4);
  // PS3.3: red is Y 81, Cb 90, Cr 240 in the partial range; black 16, white 235.
  CHECK(largest_difference(decoded_values(little, std::vector<std::uint8_t>{81, 81, 90, 240},
                                          colour_row(2, 8, "YBR_PARTIAL_422")),
                           {255, 0, 0, 255, 0, 0}) <= 1);
  CHECK(decoded_values(little, std::vector<std::uint8_t>{16, 235, 128, 128},
                       colour_row(2, 8, "YBR_PARTIAL_422")) == std::vector<int>{0, 0, 0, 255, 255, 255});
  FrameFormat odd = colour_row(3, 8, "YBR_FULL_422");
  CHECK(error_of([&] { decoded_values(little, std::vector<std::uint8_t>(6), odd); }) ==
        "E_PHOTOMETRIC: YBR_FULL_422 with 8 bits and 3 columns");
}

TEST_CASE("planar colour is interleaved") {
  FrameFormat format = colour_row(2, 8, "RGB");
  format.planar = true;
  CHECK(decoded_values(little, std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}, format) ==
        std::vector<int>{1, 3, 5, 2, 4, 6});
}

TEST_CASE("deflated frames are inflated to exactly their size") {
  constexpr const char* deflated = "1.2.840.10008.1.2.8.1";
  const auto values = [&](const std::vector<std::uint8_t>& bytes) {
    return decoded_values(deflated, stored_deflate(bytes), row_of(2, 8, 8, false));
  };
  CHECK(values({7, 9}) == std::vector<int>{7, 9});
  CHECK(error_of([&] { values({7}); }) ==
        "E_TRUNCATED_PIXELS: the deflated frame is shorter than the header says");
  CHECK(error_of([&] {
          values({7, 9, 1});
        }) == "E_BAD_HEADER: the deflated frame is longer than the header says");
}

TEST_CASE("what cannot be decoded is named") {
  CHECK(error_of([] { decoded_values("1.2.840.10008.1.2.4.100", {}, row_of(1, 8, 8, false)); }) ==
        "E_TRANSFER_SYNTAX: transfer syntax MPEG2 Main Profile / Main Level (1.2.840.10008.1.2.4.100) cannot "
        "be decoded");
  // SOF9: arithmetic coding.
  const std::vector<std::uint8_t> arithmetic{0xff, 0xd8, 0xff, 0xc9, 0,    11, 8,    0,   1,
                                             0,    1,    1,    1,    0x11, 0,  0xff, 0xd9};
  CHECK(error_of([&] { decoded_values("1.2.840.10008.1.2.4.50", arithmetic, row_of(1, 8, 8, false)); }) ==
        "E_TRANSFER_SYNTAX: JPEG process SOF9 cannot be decoded");
}

TEST_CASE("MONOCHROME1 is turned round about the middle of its range") {
  std::vector<std::int16_t> values{0, 1, 4095};
  invert_monochrome1(row_of(3, 16, 12, false), std::as_writable_bytes(std::span(values)));
  CHECK(values == std::vector<std::int16_t>{4095, 4094, 0});
  invert_monochrome1(row_of(3, 16, 12, true), std::as_writable_bytes(std::span(values)));
  CHECK(values == std::vector<std::int16_t>{-4096, -4095, -1});
}
