#include "radbatch/batch/explain_plan.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"

using namespace radbatch;

TEST_CASE("a grid is read from voxels, mm and channels") {
  const Volume volume = parse_grid("512x256x30@0.7x0.8x2.5");
  CHECK(volume.size == std::array<std::int64_t, 3>{512, 256, 30});
  CHECK(volume.dims == 3);
  CHECK(volume.lps.spacing(1) == 0.8);
  CHECK(volume.lps.spacing(2) == 2.5);
  const Volume picture = parse_grid("299x300:3");
  CHECK(picture.dims == 2);
  CHECK(picture.channels == 3);
  CHECK(picture.lps == Affine{});
}

TEST_CASE("what is no grid is refused with examples") {
  for (const char* text :
       {"", "5", "5x", "5x5x5x5", "5.5x5", "0x5", "-5x5", "5x5@1", "5x5@0x1", "5x5@1x1:", "5x5:x", "nanx5"})
    CHECK(test::error_of([&] { parse_grid(text); }) ==
          "2: '" + std::string(text) +
              "' is no grid [for example 512x512x300@0.7x0.7x1.0 (voxels@mm), 1024x768, or 299x299:3 with "
              "three "
              "channels]");
}

TEST_CASE("what an executor fuses is shown under its step, wrapped") {
  const Json explanation = {
      {"from", "plan.json"},
      {"plan_sha256", "0"},
      {"notes", Json::array()},
      {"warnings", Json::array()},
      {"steps",
       {{{"name", "Spacing"},
         {"parameters", {{"pixdim", 2}}},
         {"values", ""},
         {"fused",
          {"with Orientation into one resampling, separable, with tables of two taps for each "
           "of the axes"}}}}}};
  CHECK(explain_text(explanation) ==
        "Plan of plan.json\nsha256 0\n\n"
        " 1  Spacing pixdim=2\n"
        "    fused: with Orientation into one resampling, separable, with tables of two\n"
        "           taps for each of the axes\n");
}
