#include "radbatch/volume/regrid.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

constexpr std::uint64_t plenty = 1U << 20;

/// Columns 1 wide, `rows` high, slices at these positions; values count from 10.
Volume tower(std::int64_t rows, const std::vector<Vector3>& positions) {
  const auto n = static_cast<std::int64_t>(positions.size());
  Volume volume = make_volume({1, rows, n}, 1, 1, SampleType::int16);
  auto samples = volume.samples.as<std::int16_t>();
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::int16_t>(10 * (i + 1));
  for (std::size_t axis = 0; axis < 3; ++axis) {
    volume.lps.m[axis][2] = (positions.back()[axis] - positions[0][axis]) / static_cast<double>(n - 1);
    volume.lps.m[axis][3] = positions[0][axis];
  }
  return volume;
}

std::vector<float> values(const Volume& volume) {
  return to_float(volume);
}

}  // namespace

TEST_CASE("a de-sheared stack keeps every voxel where it was, and grows") {
  const std::vector<Vector3> positions{{5, 0, 0}, {5, 1, 2}, {5, 2, 4}};
  const Volume fixed = regrid(tower(2, positions), positions, {.deshear = true}, plenty);
  CHECK(fixed.size == std::array<std::int64_t, 3>{1, 4, 3});
  CHECK(fixed.lps.m == decltype(fixed.lps.m){{{1, 0, 0, 5}, {0, 1, 0, 0}, {0, 0, 2, 0}, {0, 0, 0, 1}}});
  CHECK(values(fixed) == std::vector<float>{10, 20, 10, 10, 10, 30, 40, 10, 10, 10, 50, 60});
}

TEST_CASE("a stack that leans the other way begins before its first slice") {
  const std::vector<Vector3> positions{{5, 0, 0}, {5, -1, 2}};
  const Volume fixed = regrid(tower(2, positions), positions, {.deshear = true}, plenty);
  CHECK(fixed.lps.m[1] == std::array<double, 4>{0, 1, 0, -1});
  CHECK(values(fixed) == std::vector<float>{10, 10, 20, 30, 40, 10});
}

TEST_CASE("parts of a pixel are interpolated in the plane") {
  const std::vector<Vector3> positions{{5, 0, 0}, {5, 0.5, 2}};
  const Volume fixed = regrid(tower(2, positions), positions, {.deshear = true}, plenty);
  CHECK(values(fixed) == std::vector<float>{10, 20, 10, 10, 35, 10});
}

TEST_CASE("uneven steps are evened out between the ends") {
  const std::vector<Vector3> positions{{5, 0, 0}, {5, 0, 1}, {5, 0, 3}};
  const Volume even = regrid(tower(1, positions), positions, {.even = true}, plenty);
  CHECK(even.lps.m[2] == std::array<double, 4>{0, 0, 1, 0});
  CHECK(values(even) == std::vector<float>{10, 20, 25, 30});
}

TEST_CASE("steps that do not divide the whole are stretched to fit the ends") {
  const std::vector<Vector3> positions{{5, 0, 0}, {5, 0, 4}, {5, 0, 10}};
  const Volume even = regrid(tower(1, positions), positions, {.even = true}, plenty);
  CHECK(even.size[2] == 4);
  CHECK(even.lps.m[2][2] == doctest::Approx(10.0 / 3));
  CHECK(values(even) == std::vector<float>{10, 18, 24, 30});  // at 0, 3.33, 6.67, 10 mm: 18.3, 24.4
}

TEST_CASE("one odd step does not set the grid") {
  std::vector<Vector3> positions;
  for (int k = 0; k < 12; ++k) positions.push_back({5, 0, k < 11 ? 2.0 * k : 20.5});
  const Volume even = regrid(tower(1, positions), positions, {.even = true}, plenty);
  CHECK(even.size[2] == 11);
  CHECK(even.lps.m[2][2] == doctest::Approx(2.05));
}

TEST_CASE("evening out a tilted stack keeps its shear, a linear pattern stays linear") {
  // The value is the height y + z of the voxel: what any right resampling keeps.
  const std::vector<Vector3> positions{{0, 0, 0}, {0, 1, 2}, {0, 3, 6}};
  Volume volume = tower(12, positions);
  for (std::int64_t k = 0; k < 3; ++k) {
    for (std::int64_t j = 0; j < 12; ++j) {
      const auto& p = positions[static_cast<std::size_t>(k)];
      volume.samples.as<std::int16_t>()[static_cast<std::size_t>(k * 12 + j)] =
          static_cast<std::int16_t>(p[1] + p[2] + static_cast<double>(j));
    }
  }
  for (const bool deshear : {false, true}) {
    const Volume even = regrid(volume, positions, {.deshear = deshear, .even = true}, plenty);
    REQUIRE(even.size[2] == 4);
    for (std::int64_t k = 0; k < 4; ++k) {
      for (std::int64_t j = 4; j < 9; ++j) {
        const double y = even.lps.m[1][1] * static_cast<double>(j) +
                         even.lps.m[1][2] * static_cast<double>(k) + even.lps.m[1][3];
        const double z = 2.0 * static_cast<double>(k);
        CHECK(even.samples.as<std::int16_t>()[static_cast<std::size_t>(k * even.size[1] + j)] ==
              doctest::Approx(y + z));
      }
    }
  }
}

TEST_CASE("a grid that would be too fine or too large is refused") {
  const std::vector<Vector3> close{{5, 0, 0}, {5, 0, 0.01}, {5, 0, 10}};
  CHECK_THROWS_WITH_AS(regrid(tower(1, close), close, {.even = true}, plenty),
                       "a step between slices of 0.010000 mm is too small for an even grid over 10.000000 mm",
                       Error);
  const std::vector<Vector3> uneven{{5, 0, 0}, {5, 0, 1}, {5, 0, 3}};
  CHECK_THROWS_WITH_AS(regrid(tower(1, uneven), uneven, {.even = true}, 7),
                       "the image on an even grid needs 8 bytes, 7 bytes allowed", Error);
}
