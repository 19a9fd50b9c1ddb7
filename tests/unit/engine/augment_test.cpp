#include "radbatch/engine/augment.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

std::vector<float> counting(std::size_t n) {
  std::vector<float> values(n);
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

/// The same 3 x 4 plane as in the oracle's call.
const std::vector<float> plane{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13};
const std::vector<std::int64_t> plane_shape{1, 1, 3, 4};

void check_close(const std::vector<float>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i] == doctest::Approx(expected[i]).epsilon(1e-6));
}

Sight moved(double degrees, std::array<double, 2> shift) {
  return {"moved", {}, degrees, shift};
}

}  // namespace

TEST_CASE("flips of one axis, of two, and twice") {
  const std::vector<std::int64_t> shape{1, 1, 2, 3, 2};
  const std::vector<float> values = counting(12);
  // numpy.flip(numpy.arange(1, 13).reshape(1, 1, 2, 3, 2), axis)
  CHECK(augmented({shape, values}, {"a", {3}}) == std::vector<float>{5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8});
  CHECK(augmented({shape, values}, {"a", {2, 4}}) ==
        std::vector<float>{8, 7, 10, 9, 12, 11, 2, 1, 4, 3, 6, 5});
  const std::vector<float> once = augmented({shape, values}, {"a", {2, 3}});
  CHECK(augmented({shape, once}, {"a", {2, 3}}) == values);
}

TEST_CASE("a rotation is scipy's, linear, held at the edges") {
  check_close(augmented({plane_shape, plane}, moved(30, {0, 0})),
              {1.700961894323342, 2.566987298107781, 4.968911086754464, 7.535898384862245, 2.200961894323342,
               5.06698729810778, 7.933012701892219, 11.398316684934152, 5.464101615137755, 8.031088913245537,
               10.43301270189222, 11.598076211353316});
}

TEST_CASE("a shift moves the content forwards along its axis") {
  check_close(augmented({plane_shape, plane}, moved(0, {0.5, -1})),
              {2, 3, 4, 4, 4, 5, 6, 6, 8, 9, 10.5, 10.5});
}

TEST_CASE("every item, channel and slice is moved alike") {
  // [2, 2, 3, 4, 2]: the plane stands in every item and channel, doubled in the second slice.
  std::vector<float> volume;
  for (int i = 0; i < 4; ++i) {
    for (const float value : plane) volume.insert(volume.end(), {value, 2 * value});
  }
  const std::vector<float> one = augmented({plane_shape, plane}, moved(-7, {0, 0}));
  const std::vector<std::int64_t> shape{2, 2, 3, 4, 2};
  const std::vector<float> all = augmented({shape, volume}, moved(-7, {0, 0}));
  for (std::size_t i = 0; i < all.size(); i += 2) {
    CHECK(all[i] == one[i / 2 % 12]);
    CHECK(all[i + 1] == 2 * one[i / 2 % 12]);
  }
}

TEST_CASE("a sight that the tensor has no axes for is refused") {
  CHECK_THROWS_AS(augmented({plane_shape, plane}, {"a", {4}}), Error);
  CHECK_THROWS_AS(augmented({plane_shape, plane}, {"a", {0}}), Error);
}
