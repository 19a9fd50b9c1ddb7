// What is told of a plan without voxels, against what the plan does with them.
#include "radbatch/prepare/explain.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "radbatch/prepare/prepare.hpp"

using namespace radbatch;

namespace {

Plan plan_of(const std::string& text) {
  return parse_plan(Json::parse(text));
}

/// An oblique grid: turned by 0.1 rad around k, spacing 0.8 x 0.7 x 2.5 mm.
Volume oblique(std::array<std::int64_t, 3> size, int channels = 1) {
  Volume volume = make_volume(size, channels, 1, SampleType::int16);
  auto samples = volume.samples.as<std::int16_t>();
  std::iota(samples.begin(), samples.end(), std::int16_t{0});
  volume.lps.m = {{{0.8 * std::cos(0.1), -0.7 * std::sin(0.1), 0, -30},
                   {0.8 * std::sin(0.1), 0.7 * std::cos(0.1), 0, -40},
                   {0, 0, 2.5, 12},
                   {0, 0, 0, 1}}};
  return volume;
}

void check_same(const Volume& volume, const std::string& text) {
  CAPTURE(text);
  const Plan plan = plan_of(text);
  const PreparedTensor done = prepare(volume, plan);
  const PlanGrids told = explain_grids(volume, plan);
  CHECK(told.problem.empty());
  REQUIRE(told.steps.size() == plan.steps.size() + 1);
  for (std::size_t i = 0; i < told.steps.size(); ++i) {
    CHECK(Json(told.steps[i].shape) == done.trace[i]["shape"]);
    for (std::size_t axis = 0; axis < told.steps[i].axes.size(); ++axis)
      CHECK(told.steps[i].ras.spacing(static_cast<int>(axis)) == done.trace[i]["spacing_mm"][axis]);
  }
  CHECK(told.steps.back().ras == done.affine_ras);
  CHECK(told.steps.back().items == done.shape[0]);
}

}  // namespace

TEST_CASE("every step's grid without voxels is the grid with them") {
  const Volume volume = oblique({30, 20, 8}, 2);
  check_same(volume,
             R"([{"name": "Orientation", "axcodes": "RAS"}, {"name": "Spacing", "pixdim": [1, 1.5, 2]},
    {"name": "ScaleIntensityRange", "a_min": 0, "a_max": 9, "b_min": 0, "b_max": 1},
    {"name": "CenterSpatialCrop", "roi_size": [12, 12, 6]}, {"name": "SpatialPad", "spatial_size": [16, 16, -1]},
    {"name": "NormalizeIntensity", "channel_wise": true}, {"name": "ScaleIntensity"},
    {"name": "ScaleIntensityRangePercentiles", "lower": 1, "upper": 99, "b_min": 0, "b_max": 1}])");
  check_same(volume,
             R"([{"name": "Resize", "spatial_size": [11, 13, 5]}, {"name": "RepeatChannel", "repeats": 3},
    {"name": "ResizeWithPadOrCrop", "spatial_size": 9}, {"name": "Transpose", "indices": [0, 3, 1, 2]}])");
  check_same(volume,
             R"([{"name": "Resize", "spatial_size": [7, 9, 8], "mode": "trilinear", "align_corners": true},
    {"name": "Orientation", "axcodes": "LPS"}, {"name": "EnsureType"}])");
  check_same(volume, R"([{"name": "ExtractSlices", "axis": 1, "from": 3, "to": 9},
    {"name": "Resize", "spatial_size": 6, "size_mode": "longest"}, {"name": "Spacing", "pixdim": 3}])");
  check_same(oblique({30, 20, 1}),
             R"([{"name": "SqueezeDim", "dim": -1}, {"name": "Resize", "spatial_size": [5, 4],
    "mode": "bicubic"}])");
  check_same(oblique({9, 9, 4}, 3), R"([{"name": "Grayscale"}])");
}

TEST_CASE("a volume that would fill the memory costs nothing to explain") {
  Volume volume;
  volume.size = {1024, 1024, 1024};
  const PlanGrids told = explain_grids(volume, plan_of(R"([{"name": "Spacing", "pixdim": 0.75},
    {"name": "SpatialPad", "spatial_size": 1600}, {"name": "NormalizeIntensity"}])"));
  CHECK(told.steps.back().shape == std::vector<std::int64_t>{1, 1600, 1600, 1600});
}

TEST_CASE("what depends on the image says so from there on") {
  Volume picture;
  picture.size = {800, 600, 1};
  picture.dims = 2;
  const PlanGrids told =
      explain_grids(picture, plan_of(R"([{"name": "EnsureType"}, {"name": "UltrasoundRegion"},
    {"name": "Resize", "spatial_size": [64, 64]}])"));
  CHECK(told.problem.empty());
  CHECK_FALSE(told.steps[1].depends_on_image);
  CHECK(told.steps[2].depends_on_image);
  CHECK(told.steps[3].depends_on_image);
}

TEST_CASE("a step that refuses the image is named, and those before it are told") {
  Volume picture;
  picture.size = {800, 600, 1};
  picture.dims = 2;
  const PlanGrids told = explain_grids(
      picture, plan_of(R"([{"name": "ScaleIntensity"}, {"name": "Resize", "spatial_size": [64, 64, 64]}])"));
  CHECK(told.steps.size() == 2);
  CHECK(told.problem ==
        "step 2 of the plan (Resize): spatial_size has 3 values, the image has 2 spatial axes");
}

TEST_CASE("what a step does to values") {
  const auto effect = [](const std::string& step) {
    return value_effect(plan_of("[" + step + "]").steps[0]);
  };
  CHECK(effect(R"({"name": "NormalizeIntensity"})") == "by statistics of the image");
  CHECK(effect(R"({"name": "NormalizeIntensity", "subtrahend": 1, "divisor": 2})") == "each value");
  CHECK(effect(R"({"name": "ScaleIntensityRange", "a_min": 0, "a_max": 1})") == "each value");
  CHECK(effect(R"({"name": "Orientation", "axcodes": "RAS"})") == "");
}
