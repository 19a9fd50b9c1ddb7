#include "radbatch/stats/tensor_compare.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "error_text.hpp"

using namespace radbatch;
using Shape = std::vector<std::int64_t>;

namespace {

struct Owned {
  Shape shape;
  std::vector<float> values;
  TensorPart part() const { return {shape, values}; }
};

/// A smooth image without symmetry: two blobs and a slope.
float image_at(double i, double j, double k) {
  const auto blob = [](double x, double y, double z, double width) {
    return std::exp(-(x * x + y * y + z * z) / (2 * width * width));
  };
  return static_cast<float>(blob(i - 6, j - 9, k - 5, 3) + 0.6 * blob(i - 15, j - 5, k - 9, 2.5) + 0.01 * i);
}

/// [1, 1, 22, 18, 14] at index + start.
Owned ours(std::int64_t di = 0, std::int64_t dj = 0, std::int64_t dk = 0, Shape size = {22, 18, 14}) {
  Owned made{{1, 1, size[0], size[1], size[2]}, {}};
  for (std::int64_t i = 0; i < size[0]; ++i)
    for (std::int64_t j = 0; j < size[1]; ++j)
      for (std::int64_t k = 0; k < size[2]; ++k)
        made.values.push_back(
            image_at(static_cast<double>(i + di), static_cast<double>(j + dj), static_cast<double>(k + dk)));
  return made;
}

/// [n0, n1, n2] with value(a, b, c).
template <class Value>
Owned made(Shape size, Value value) {
  Owned tensor{size, {}};
  for (std::int64_t a = 0; a < size[0]; ++a)
    for (std::int64_t b = 0; b < size[1]; ++b)
      for (std::int64_t c = 0; c < size[2]; ++c) tensor.values.push_back(value(a, b, c));
  return tensor;
}

float ours_at(std::int64_t i, std::int64_t j, std::int64_t k) {
  return image_at(static_cast<double>(i), static_cast<double>(j), static_cast<double>(k));
}

std::string last_line(const Owned& a, const Owned& b,
                      const std::vector<std::string>& letters = {"R", "A", "S"}) {
  const TensorDifference found = compare_tensors(a.part(), b.part(), letters.size());
  return explain(found, a.part(), b.part(), letters).back();
}

}  // namespace

TEST_CASE(
    "equal tensors are equal, with or without leading axes of one, and noise below the tolerance counts") {
  Owned mine = ours();
  CHECK(is_equal(compare_tensors(ours().part(), mine.part(), 3)));
  mine.shape = {22, 18, 14};
  mine.values[100] += 5e-5F;
  const TensorDifference found = compare_tensors(ours().part(), mine.part(), 3);
  CHECK(is_equal(found));
  CHECK(found.largest == doctest::Approx(5e-5).epsilon(0.01));
  CHECK(last_line(ours(), mine) == "They are equal: within 0.0001 of the range.");
}

TEST_CASE("the largest difference is found with its place") {
  Owned mine = ours();
  mine.values[(3 * 18 + 2) * 14 + 1] += 2;
  const TensorDifference found = compare_tensors(ours().part(), mine.part(), 3);
  CHECK(found.largest == doctest::Approx(2));
  CHECK(found.largest_at == Shape{3, 2, 1});
  CHECK_FALSE(is_equal(found));
}

TEST_CASE("flips are named, and LPS by its name") {
  const Owned left = made({22, 18, 14}, [](auto i, auto j, auto k) { return ours_at(21 - i, j, k); });
  CHECK(last_line(ours(), left) ==
        "Likely cause: axis i (R) is flipped: your tensor lies LAS where the plan says RAS.");
  const Owned lps = made({22, 18, 14}, [](auto i, auto j, auto k) { return ours_at(21 - i, 17 - j, k); });
  CHECK(last_line(ours(), lps) ==
        "Likely cause: axis i (R) and j (A) are flipped: your tensor lies LPS where the plan says RAS (ITK, "
        "SimpleITK and pydicom read LPS).");
}

TEST_CASE("another order of the axes is found, equal lengths or not") {
  const Owned reversed = made({14, 18, 22}, [](auto k, auto j, auto i) { return ours_at(i, j, k); });
  CHECK(
      last_line(ours(), reversed) ==
      "Likely cause: our axes are axes k, j, i of yours: your array is (slice, row, column), as SimpleITK's "
      "GetArrayFromImage gives it.");
  Owned cube = ours(0, 0, 0, {14, 14, 14});
  const Owned swapped = made({14, 14, 14}, [](auto j, auto i, auto k) { return ours_at(i, j, k); });
  const TensorDifference found = compare_tensors(cube.part(), swapped.part(), 3);
  CHECK(found.axes == std::vector<std::size_t>{1, 0, 2});
  CHECK(found.largest_left == 0);
}

TEST_CASE("order, flip and scale together") {
  const Owned mine =
      made({14, 18, 22}, [](auto k, auto j, auto i) { return 200 * ours_at(i, 17 - j, k) - 50; });
  const TensorDifference found = compare_tensors(ours().part(), mine.part(), 3);
  CHECK(found.axes == std::vector<std::size_t>{2, 1, 0});
  CHECK(found.flipped == std::vector<bool>{false, true, false});
  CHECK(found.scale == doctest::Approx(1.0 / 200));
  CHECK(found.offset == doctest::Approx(0.25));
  CHECK(found.largest_left < 1e-5);
}

TEST_CASE("a crop that is a voxel off is a shift") {
  const TensorDifference found = compare_tensors(ours().part(), ours(-1, 0, 2).part(), 3);
  CHECK(found.shift == Shape{1, 0, -2});
  CHECK(found.largest_left == 0);
  CHECK(last_line(ours(), ours(-1, 0, 2)) ==
        "Likely cause: yours is shifted by +1 along i (R), -2 along k (S) voxels: another rounding of the "
        "middle in "
        "a crop or a pad.");
}

TEST_CASE("values that were not scaled are told from those in another window") {
  Owned mine = ours();
  for (float& value : mine.values) value = value * 1000 - 200;
  CHECK(last_line(ours(), mine) == "Likely cause: ours = 0.001 x yours + 0.2: yours are not scaled.");
  Owned hu = ours(), stored = ours();
  for (float& value : hu.values) value = value * 2000 - 1000;
  for (std::size_t n = 0; n < hu.values.size(); ++n) stored.values[n] = hu.values[n] + 1024;
  CHECK(last_line(hu, stored) ==
        "Likely cause: ours = yours - 1024: the rescale intercept is applied on one side only.");
}

TEST_CASE("sizes that differ are compared where both are") {
  const TensorDifference found = compare_tensors(ours().part(), ours(2, 1, 1, {18, 16, 12}).part(), 3);
  CHECK_FALSE(found.has_same_shape);
  CHECK(found.largest_left == 0);
  CHECK(found.overlap == doctest::Approx(18.0 * 16 * 12 / (22 * 18 * 14)));
}

TEST_CASE("an odd border is no reason to believe in a shift") {
  Owned mine = ours();
  for (std::size_t n = 0; n < 18 * 14; ++n) mine.values[n] += 0.2F;
  const TensorDifference found = compare_tensors(ours().part(), mine.part(), 3);
  CHECK_FALSE(found.is_shifted());
  CHECK_FALSE(found.is_flipped());
  CHECK(last_line(ours(), mine) ==
        "Likely cause: what is left is no shift or scaling: another interpolation, spacing, clipping or "
        "percentile.");
}

TEST_CASE("an unrelated tensor is called one") {
  const Owned noise = made({22, 18, 14}, [](auto i, auto j, auto k) {
    return static_cast<float>((i * 7919 + j * 104729 + k * 1299709) % 1009);
  });
  CHECK(last_line(ours(), noise) ==
        "Likely cause: no flip, order, shift or scaling makes them alike: another image, or another field of "
        "view.");
}

TEST_CASE("a picture in rows and columns") {
  Owned picture{{1, 1, 22, 18}, {}}, rows{{18, 22}, {}};
  for (int i = 0; i < 22; ++i)
    for (int j = 0; j < 18; ++j) picture.values.push_back(ours_at(i, j, 5));
  for (int j = 0; j < 18; ++j)
    for (int i = 0; i < 22; ++i) rows.values.push_back(ours_at(i, j, 5));
  CHECK(last_line(picture, rows, {"i", "j"}) ==
        "Likely cause: our axes are axes j, i of yours: your array is (row, column), as NumPy and PIL have "
        "pictures; "
        "the plan has width before height.");
}

TEST_CASE("channels that do not agree are refused") {
  Owned two{{2, 22, 18, 14}, std::vector<float>(2 * 22 * 18 * 14)};
  CHECK(test::error_of([&] { compare_tensors(ours().part(), two.part(), 3); }) ==
        "2: ours has the axes [22, 18, 14], the other tensor [2, 22, 18, 14]: items and channels have to be "
        "the same "
        "[items and channels come first, as in [channels, i, j, k]]");
}
