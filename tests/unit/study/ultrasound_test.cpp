#include "radbatch/study/ultrasound.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {

Json region(int format, int data, std::array<int, 4> px, double delta_cm = 0.02) {
  return {{"spatial_format", format},
          {"data_type", data},
          {"units", {3, 3}},
          {"delta", {delta_cm, delta_cm}},
          {"px", px}};
}

Json picture(Json regions) {
  return {{"Modality", "US"}, {"Columns", 800}, {"Rows", 600}, {"ultrasound_regions", std::move(regions)}};
}

std::string mode(const Json& attributes) {
  const UltrasoundMode found = ultrasound_mode(attributes);
  return found.mode + " " + found.source;
}

}  // namespace

TEST_CASE("the mode is the rarest of the regions, then what ImageType says, then a rule") {
  const Json b_mode = region(1, 1, {100, 50, 700, 500});
  CHECK(mode(picture({b_mode, region(4, 10, {100, 520, 700, 580})})) == "b-mode header");
  CHECK(mode(picture({b_mode, region(1, 2, {200, 100, 400, 300})})) == "colour-doppler header");
  CHECK(mode(picture({b_mode, region(3, 3, {100, 400, 700, 580})})) == "spectral-doppler header");
  CHECK(mode(picture({b_mode, region(2, 1, {100, 400, 700, 580})})) == "m-mode header");
  CHECK(mode({{"ImageType", "ORIGINAL\\PRIMARY\\ABDOMINAL\\0001"}}) == "b-mode header");
  CHECK(mode({{"ImageType", "ORIGINAL\\PRIMARY\\ABDOMINAL\\0011"}}) == "colour-doppler header");
  CHECK(mode({{"ImageType", "ORIGINAL\\PRIMARY\\CARDIAC\\0009"}}) == "spectral-doppler header");
  CHECK(mode({{"UltrasoundColorDataPresent", 0}}) == "b-mode rule");
  CHECK(mode({{"SeriesDescription", "Liver Elastography"}, {"UltrasoundColorDataPresent", 0}}) ==
        "elastography rule");
  CHECK(mode({{"Modality", "US"}}) == "unknown ");
}

TEST_CASE("the tissue is the largest two-dimensional region, inside the picture") {
  const auto found =
      tissue_region(picture({region(1, 1, {0, 0, 99, 99}), region(1, 1, {120, 60, 800, 518})}));
  REQUIRE(found);
  CHECK(found->px == std::array<std::int64_t, 4>{120, 60, 799, 518});
  CHECK((*found->spacing_mm)[0] == doctest::Approx(0.2));
  // Written for a picture of 1200 columns: the millimetres are those of another picture too.
  CHECK(!tissue_region(picture({region(1, 1, {100, 60, 1100, 518})})));
  CHECK(!ultrasound_spacing(picture({region(1, 1, {100, 60, 1100, 518})})));
  CHECK(!tissue_region(picture({region(3, 3, {0, 0, 99, 99})})));
  CHECK(!tissue_region(picture({region(1, 1, {900, 10, 950, 80})})));
  CHECK(!tissue_region({{"ultrasound_regions", "no list"}, {"Columns", 8}, {"Rows", 8}}));
}

TEST_CASE("regions that disagree calibrate nothing") {
  const Json left = region(1, 1, {0, 0, 399, 500}), right = region(1, 1, {400, 0, 799, 500});
  CHECK((*ultrasound_spacing(picture({left, right})))[1] == doctest::Approx(0.2));
  CHECK(!ultrasound_spacing(picture({left, region(1, 1, {400, 0, 799, 500}, 0.03)})));
  CHECK(!ultrasound_spacing(picture(Json::array())));
}

TEST_CASE("frames of a cine have their times") {
  CHECK(cine_times({{"FrameTime", 40}}, 3) == std::vector<double>{0, 0.04, 0.08});
  CHECK(cine_times({{"FrameTimeVector", {0, 30, 50}}, {"FrameTime", 40}}, 3) ==
        std::vector<double>{0, 0.03, 0.08});
  CHECK(cine_times({{"FrameTimeVector", {0, 30}}, {"CineRate", 25}}, 3) ==
        std::vector<double>{0, 0.04, 0.08});
  CHECK(cine_times({{"RecommendedDisplayFrameRate", 10}}, 2) == std::vector<double>{0, 0.1});
  CHECK(cine_times({{"FrameTime", 0}}, 3).empty());
}
