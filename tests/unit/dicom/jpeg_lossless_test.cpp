#include <doctest/doctest.h>

#include <bit>
#include <cstdlib>

#include "coded_frames.hpp"
#include "error_text.hpp"
#include "jpeg_lossless_encoder.hpp"
#include "radbatch/base/error.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

constexpr const char* lossless = "1.2.840.10008.1.2.4.57";

FrameFormat format_for(const LosslessJpeg& options) {
  return coded_format(options.components, options.precision);
}

}  // namespace

TEST_CASE("every predictor of lossless JPEG gives back what was encoded") {
  for (int predictor = 1; predictor <= 7; ++predictor) {
    CAPTURE(predictor);
    const LosslessJpeg options{.predictor = predictor};
    CHECK(decoded_values(lossless, encode_lossless(grey12(), options), format_for(options)) == grey12());
  }
}

TEST_CASE("lossless JPEG of colour, interleaved and one component after the other") {
  for (const bool interleaved : {true, false}) {
    const LosslessJpeg options{.predictor = 4, .precision = 8, .components = 3, .interleaved = interleaved};
    CHECK(decoded_values(lossless, encode_lossless(rgb8(), options), format_for(options)) == rgb8());
  }
}

TEST_CASE("lossless JPEG of 16 bits with the full range of differences") {
  auto extremes = picture(1, [](int x, int y, int) { return (x + y) % 2 == 0 ? 0 : 65535 - x; });
  extremes[1] = 32768;  // a difference of 32768 has a category without further bits
  const LosslessJpeg options{.predictor = 1, .precision = 16};
  CHECK(decoded_values(lossless, encode_lossless(extremes, options), format_for(options)) == extremes);
}

TEST_CASE("restart intervals of whole rows begin anew") {
  for (const int rows : {1, 2, 5}) {
    const LosslessJpeg options{.predictor = 7, .restart_rows = rows};
    CHECK(decoded_values(lossless, encode_lossless(grey12(), options), format_for(options)) == grey12());
  }
}

TEST_CASE("the point transform is undone") {
  const LosslessJpeg options{.predictor = 1, .point_transform = 2};
  auto expected = grey12();
  for (int& v : expected) v = v / 4 * 4;
  CHECK(decoded_values(lossless, encode_lossless(grey12(), options), format_for(options)) == expected);
}

TEST_CASE("signed pixels are read from their bits") {
  const LosslessJpeg options{};
  FrameFormat format = format_for(options);
  format.is_signed = true;
  auto expected = grey12();
  for (int& v : expected) v = v >= 2048 ? v - 4096 : v;
  CHECK(decoded_values(lossless, encode_lossless(grey12(), options), format) == expected);
}

TEST_CASE("damaged lossless JPEG is refused with the reason") {
  const LosslessJpeg options{};
  const auto good = encode_lossless(grey12(), options);
  const auto text = [&](const std::vector<std::uint8_t>& stream) {
    return error_of([&] { decoded_values(lossless, stream, format_for(options)); });
  };
  auto no_predictor = good;
  no_predictor[scan_parameters_at(good)] = 0;
  CHECK(text(no_predictor) == "E_BAD_HEADER: JPEG lossless: predictor 0");
  auto other_component = good;
  other_component[scan_parameters_at(good) - 2] = 9;
  CHECK(text(other_component) == "E_BAD_HEADER: JPEG lossless: a scan names a component that is not there");
  auto longer = good;
  longer.insert(longer.end() - 2, 8, 0x55);
  CHECK(text(longer) == "E_BAD_HEADER: JPEG lossless: the stream has more data than pixels");
  auto shorter = good;
  shorter.erase(shorter.end() - 12, shorter.end() - 2);
  CHECK(text(shorter) == "E_TRUNCATED_PIXELS: JPEG lossless: the stream ends before its last pixel");
}
