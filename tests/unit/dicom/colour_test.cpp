#include "radbatch/dicom/colour.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

TEST_CASE("full-range YCbCr of the primaries is RGB again") {
  // PS3.3 C.7.6.3.1.2 forwards: red is (76, 85, 255), green (150, 44, 21), blue (29, 255, 107), all rounded.
  std::vector<std::uint8_t> v{76, 85, 255, 150, 44, 21, 29, 255, 107, 128, 128, 128};
  ybr_full_to_rgb(v);
  CHECK(v == std::vector<std::uint8_t>{254, 0, 0, 0, 255, 1, 0, 0, 254, 128, 128, 128});
}

TEST_CASE("4:2:2 gives two pixels one colour difference") {
  const std::vector<std::uint8_t> stored{10, 20, 100, 200, 30, 40, 101, 201};
  CHECK(expand_ybr_422(stored) ==
        std::vector<std::uint8_t>{10, 100, 200, 20, 100, 200, 30, 101, 201, 40, 101, 201});
}

TEST_CASE("stored values beyond a palette take its end entries") {
  const PaletteChannel channel{-1, {7, 8, 9}};
  CHECK(look_up(channel, -5) == 7);
  CHECK(look_up(channel, 0) == 8);
  CHECK(look_up(channel, 4) == 9);
}
