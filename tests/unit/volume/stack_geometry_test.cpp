#include "radbatch/volume/stack_geometry.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

SliceGeometry axial(double z, std::int64_t number = 0) {
  return {{-100, -80, z}, {1, 0, 0}, {0, 1, 0}, 0.5, 0.25, 512, 256, number};
}

std::vector<SliceGeometry> axial_stack(std::vector<double> positions) {
  std::vector<SliceGeometry> slices;
  for (double z : positions) slices.push_back(axial(z));
  return slices;
}

/// The public GE head series: table positions 4.22 mm apart, then 7.38 mm, under a gantry tilted by 18.5
/// degrees.
std::vector<SliceGeometry> tilted_head() {
  std::vector<SliceGeometry> slices;
  double z = 5.8360586;
  for (int n = 0; n < 28; ++n) {
    slices.push_back(
        {{-125, -123.5404569, z}, {1, 0, 0}, {0, 0.9483237, -0.3173047}, 0.488281, 0.488281, 512, 512, n});
    z += n < 13 ? 4.22 : n == 13 ? 1.14 : 7.38;
  }
  return slices;
}

}  // namespace

TEST_CASE("slices are ordered along the normal, not by number") {
  const std::vector<SliceGeometry> slices{axial(30, 1), axial(10, 2), axial(20, 3)};
  CHECK(solve_stack(slices).order == std::vector<std::size_t>{1, 2, 0});
}

TEST_CASE("PixelSpacing is row spacing first, so i steps by its second value") {
  const StackGeometry stack = solve_stack(axial_stack({10, 13, 16}));
  CHECK(stack.lps.m[0] == std::array<double, 4>{0.25, 0, 0, -100});
  CHECK(stack.lps.m[1] == std::array<double, 4>{0, 0.5, 0, -80});
  CHECK(stack.lps.m[2] == std::array<double, 4>{0, 0, 3, 10});
  CHECK(stack.slice_step_mm == 3);
  CHECK_FALSE(stack.is_uneven);
  CHECK_FALSE(stack.is_oblique);
  CHECK(orientation_letters(stack.lps) == "LPS");
}

TEST_CASE("a sagittal stack points to where its indices grow") {
  std::vector<SliceGeometry> slices;
  for (double x : {0.0, 2.0}) slices.push_back({{x, 0, 0}, {0, 1, 0}, {0, 0, -1}, 1, 1, 8, 8, 0});
  CHECK(orientation_letters(solve_stack(slices).lps) == "PIR");
}

TEST_CASE("a tilted gantry stays in the matrix as shear") {
  std::vector<SliceGeometry> slices = tilted_head();
  slices.resize(14);
  const StackGeometry stack = solve_stack(slices);
  CHECK(stack.tilt_degrees == doctest::Approx(18.5).epsilon(1e-4));
  CHECK(stack.slice_step_mm == doctest::Approx(4.22));
  CHECK(stack.lps.m[0][2] == 0);
  CHECK(stack.lps.m[1][2] == 0);
  CHECK(stack.lps.m[2][2] == static_cast<double>(4.22f));
  CHECK_FALSE(stack.is_uneven);
  CHECK(stack.is_oblique);
}

TEST_CASE("two slice spacings in one series are uneven and not a missing slice") {
  const StackGeometry stack = solve_stack(tilted_head());
  CHECK(stack.is_uneven);
  CHECK(stack.slice_step_mm == doctest::Approx(4.22));
  CHECK(stack.slice_step_dev_mm == doctest::Approx(3.16));
  CHECK(stack.n_missing_slices == 0);
}

TEST_CASE("missing slices are counted") {
  CHECK(solve_stack(axial_stack({0, 3, 6, 9, 12})).n_missing_slices == 0);
  CHECK(solve_stack(axial_stack({0, 3, 9, 12, 15})).n_missing_slices == 1);
  CHECK(solve_stack(axial_stack({0, 3, 9, 12, 15, 24, 27})).n_missing_slices == 3);
}

TEST_CASE("positions rounded to 0.01 mm are still even") {
  CHECK_FALSE(solve_stack(axial_stack({0, 1.25, 2.51, 3.75, 5.0})).is_uneven);
  CHECK(solve_stack(axial_stack({0, 1.25, 2.6, 3.75, 5.0})).is_uneven);
}

TEST_CASE("slices that wander sideways are uneven") {
  std::vector<SliceGeometry> slices = axial_stack({0, 3, 6, 9});
  slices[2].position[0] += 2;
  CHECK(solve_stack(slices).is_uneven);
}

TEST_CASE("two slices at one position are duplicates, ordered by number") {
  const std::vector<SliceGeometry> slices{axial(0, 4), axial(3, 2), axial(3, 1)};
  const StackGeometry stack = solve_stack(slices);
  CHECK(stack.order == std::vector<std::size_t>{0, 2, 1});
  CHECK(stack.duplicates == std::vector<std::pair<std::size_t, std::size_t>>{{2, 1}});
}

TEST_CASE("another orientation, size or spacing is named") {
  std::vector<SliceGeometry> slices = axial_stack({0, 3, 6, 9});
  slices[1].column = {0, 0.98, 0.199};
  slices[2].rows = 511;
  slices[3].row_spacing = 0.51;
  CHECK(solve_stack(slices).odd_ones == std::vector<std::size_t>{1, 2, 3});
}

TEST_CASE("a single slice has the thickness it is given") {
  const StackGeometry stack = solve_stack(axial_stack({7}), 5);
  CHECK(stack.lps.m[2] == std::array<double, 4>{0, 0, 5, 7});
  CHECK(stack.slice_step_mm == 5);
}

TEST_CASE("a header that is no geometry is refused") {
  std::vector<SliceGeometry> slices{axial(0)};
  slices[0].row = {0, 0, 0};
  CHECK_THROWS_WITH_AS(solve_stack(slices),
                       "ImageOrientationPatient is not a pair of orthogonal unit vectors", Error);
  slices[0] = axial(std::nan(""));
  CHECK_THROWS_WITH_AS(solve_stack(slices), "the slice position or orientation is not a finite number",
                       Error);
  slices[0] = axial(0);
  slices[0].row_spacing = 0;
  CHECK_THROWS_WITH_AS(solve_stack(slices), "PixelSpacing is not positive", Error);
}

TEST_CASE("rounded cosines do not change the pixel spacing") {
  const SliceGeometry slice{.row = {0.707, 0.707, 0},
                            .column = {0, 0, -1},
                            .row_spacing = 0.5,
                            .column_spacing = 0.5,
                            .rows = 4,
                            .columns = 4};
  CHECK(solve_stack(std::vector{slice}).lps.spacing(0) == doctest::Approx(0.5).epsilon(1e-7));
}
