#include "radbatch/volume/region.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/prepare.hpp"

using namespace radbatch;

namespace {

using Shape = std::vector<std::int64_t>;
using Values = std::vector<float>;

/// 6 x 5 x 4 voxels of 2 x 1 x 1 mm whose value is 100 i + 10 j + k; voxel (0, 0, 0) lies at RAS (10, 20,
/// 30).
Volume scan() {
  Volume volume = make_volume({6, 5, 4}, 1, 1, SampleType::int16);
  std::size_t n = 0;
  for (int k = 0; k < 4; ++k)
    for (int j = 0; j < 5; ++j)
      for (int i = 0; i < 6; ++i)
        volume.samples.as<std::int16_t>()[n++] = static_cast<std::int16_t>(100 * i + 10 * j + k);
  volume.lps = lps_to_ras(Affine{{{{2, 0, 0, 10}, {0, 1, 0, 20}, {0, 0, 1, 30}, {0, 0, 0, 1}}}});
  return volume;
}

PreparedTensor crop(const std::string& parameters, const std::optional<Region>& region,
                    const std::string& before = "") {
  const std::string plan = "[" + before + R"({"name": "CropToRegion")" + parameters + "}]";
  return prepare(scan(), parse_plan(Json::parse(plan)), {.region = region});
}

std::string error_of(const std::string& parameters, const std::optional<Region>& region) {
  try {
    crop(parameters, region);
  } catch (const Error& error) {
    return std::string(code(error.reason().value_or(Reason::interrupted))) + " " + error.message();
  }
  return "no error";
}

/// Around voxel (2, 2, 1), 4.2 mm along x and 1 mm along y and z: voxels 1 to 3 of i, 2 of j, 1 of k.
const Region box = box_region({14, 22, 31}, {4.2, 1, 1});

Volume mask_of(const Volume& like, std::initializer_list<std::size_t> voxels, std::uint8_t label = 3) {
  Volume mask = make_volume(like.size, 1, 1, SampleType::uint8);
  std::ranges::fill(mask.samples.as<std::uint8_t>(), std::uint8_t{0});
  for (const std::size_t voxel : voxels) mask.samples.as<std::uint8_t>()[voxel] = label;
  mask.lps = like.lps;
  return mask;
}

}  // namespace

TEST_CASE("CropToRegion: the voxels whose centres lie in the region") {
  const PreparedTensor tensor = crop("", box);
  CHECK(tensor.shape == Shape{1, 1, 3, 1, 1});
  CHECK(tensor.values == Values{121, 221, 321});
  CHECK(tensor.affine_ras.m[0][3] == 12);
  CHECK(tensor.affine_ras.m[1][3] == 22);
  CHECK(crop(R"(, "margin_mm": [0, 1, 0])", box).shape == Shape{1, 1, 3, 3, 1});
  CHECK(crop("", box_region({14.9, 22, 31}, {0.1, 0.1, 0.1})).values == Values{221});
}

TEST_CASE("CropToRegion: so many voxels or millimetres around the centre") {
  CHECK(crop(R"(, "spatial_size": [1, 2, 3])", box).values == Values{210, 211, 212, 220, 221, 222});
  CHECK(crop(R"(, "size_mm": [4, 2, 1])", box).values == Values{111, 121, 211, 221});
  CHECK(crop(R"(, "spatial_size": 1)", box).values == Values{221});
}

TEST_CASE("CropToRegion: beyond the border is the value") {
  const Region corner = box_region({10, 20, 30}, {1, 1, 1});
  CHECK(crop(R"(, "spatial_size": [3, 1, 1], "value": -1)", corner).values == Values{-1, 0, 100});
  CHECK(crop(R"(, "spatial_size": [3, 1, 1])", box_region({20, 20, 30}, {1, 1, 1})).values ==
        Values{400, 500, 0});
  CHECK(
      error_of("", box_region({-14, -22, 31}, {4, 1, 1})) ==
      "E_PREPARE step 1 of the plan (CropToRegion): the region lies outside the image: voxels -13 to -11 of "
      "axis 0, which has 6");
}

TEST_CASE("CropToRegion: the region stays where it is in the world, whatever was done to the grid") {
  const std::string before =
      R"({"name": "Orientation", "axcodes": "PLS"}, {"name": "Spacing", "pixdim": [1, 1, 1]},)";
  const PreparedTensor tensor = crop(R"(, "spatial_size": 1)", box, before);
  CHECK(tensor.values == Values{221});
}

TEST_CASE("CropToRegion: a case without a region") {
  CHECK(error_of("", std::nullopt) ==
        "E_MISSING_INPUT step 1 of the plan (CropToRegion): the case has no region to crop around");
  CHECK(crop(R"(, "if_missing": "keep")", std::nullopt).shape == Shape{1, 1, 6, 5, 4});
}

TEST_CASE("a mask's region is the box around its voxels, whole") {
  const Volume volume = scan();
  // (1, 2, 0) and (3, 4, 2)
  const Volume mask = mask_of(volume, {1 + 6 * 2, 3 + 6 * (4 + 5 * 2)});
  CHECK(crop("", mask_region(mask, 3, volume)).shape == Shape{1, 1, 3, 3, 3});
  CHECK(crop("", mask_region(mask, std::nullopt, volume)).values[0] == 120);
  CHECK_THROWS_WITH_AS(mask_region(mask, 2, volume), "the mask has no voxel of the label 2.0", Error);
}

TEST_CASE("a mask may have a grid of its own") {
  const Volume volume = scan();
  Volume mask = make_volume({2, 2, 2}, 1, 1, SampleType::uint8);
  std::ranges::fill(mask.samples.as<std::uint8_t>(), std::uint8_t{1});
  // Voxels of 1 mm, the axes turned round, around RAS (14, 22, 31).
  mask.lps = lps_to_ras(Affine{{{{0, -1, 0, 14.5}, {-1, 0, 0, 22.5}, {0, 0, 1, 30.5}, {0, 0, 0, 1}}}});
  CHECK(crop("", mask_region(mask, 1, volume)).values == Values{210, 211, 212, 220, 221, 222, 230, 231, 232});
}

TEST_CASE("a mask of a picture has its size") {
  Volume picture = make_volume({3, 2, 1}, 1, 1, SampleType::uint8);
  std::iota(picture.samples.as<std::uint8_t>().begin(), picture.samples.as<std::uint8_t>().end(),
            std::uint8_t{0});
  picture.dims = 2;
  picture.has_geometry = false;
  const Region region = mask_region(mask_of(picture, {5}), std::nullopt, picture);
  CHECK(
      prepare(picture, parse_plan(Json::parse(R"([{"name": "CropToRegion"}])")), {.region = region}).values ==
      Values{5});
  CHECK_THROWS_WITH_AS(mask_region(mask_of(scan(), {5}), std::nullopt, picture),
                       "the mask has another size than the image, and no geometry says where it lies", Error);
}
