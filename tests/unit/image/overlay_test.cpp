#include "radbatch/image/overlay.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "error_text.hpp"
#include "make_dicom.hpp"
#include "radbatch/image/reader.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

/// The picture's pixels, three bytes each.
struct Pixels {
  std::int64_t width, height;
  std::vector<std::uint8_t> values;
};

Pixels drawn(const OverlaySubject& subject) {
  const TemporaryFolder folder;
  write_bytes(folder / "o.png", overlay_png(subject));
  ImageSource source;
  source.kind = FileKind::png;
  source.files = {folder / "o.png"};
  const Volume read = read_image(source, 1U << 24);
  const auto bytes = read.samples.as<std::uint8_t>();
  return {read.size[0], read.size[1], {bytes.begin(), bytes.end()}};
}

/// Middle of the pixels that are clearly more red than blue (sign 1) or more blue than red (-1), of the
/// picture with the map, which begins at `left`.
std::array<double, 2> middle_of(const Pixels& pixels, int sign, std::int64_t left, std::int64_t right) {
  double x_sum = 0, y_sum = 0, n = 0;
  for (std::int64_t y = 0; y < pixels.height; ++y) {
    for (std::int64_t x = left; x < right; ++x) {
      const std::uint8_t* p = &pixels.values[static_cast<std::size_t>(3 * (y * pixels.width + x))];
      if (sign * (int{p[0]} - int{p[2]}) < 60) continue;
      x_sum += static_cast<double>(x - left), y_sum += static_cast<double>(y), ++n;
    }
  }
  return {x_sum / n, y_sum / n};
}

/// A picture of 8 x 8 of one grey but for one corner, with a map that has +1 at (i 6, j 1) and -1 at (1, 6).
struct TwoSpots {
  std::vector<float> image = std::vector<float>(64, 0.5F), map = std::vector<float>(64, 0.0F);
  OverlaySubject subject;
  TwoSpots() {
    image[0] = 0, image[63] = 1;
    map[6 * 8 + 1] = 1, map[1 * 8 + 6] = -1;
    subject.tensor = {{1, 1, 8, 8}, image, Affine(), false};
    // As read: i to the right, j down, in LPS.
    subject.tensor.ras = lps_to_ras(Affine());
    subject.map = map;
    subject.items = {0};
    subject.title = "hand";
  }
};

}  // namespace

TEST_CASE("a picture stands beside its map; what speaks for is orange, what speaks against blue") {
  const TwoSpots spots;
  const Pixels pixels = drawn(spots.subject);
  CHECK(pixels.width == 2 * 326 + 14 + 9 * 6);
  CHECK(pixels.height == 16 + 326);
  const auto orange = middle_of(pixels, 1, 326, 326 + 320), blue = middle_of(pixels, -1, 326, 326 + 320);
  CHECK(orange[0] == doctest::Approx(6.5 * 40).epsilon(0.02));
  CHECK(orange[1] == doctest::Approx(16 + 1.5 * 40).epsilon(0.05));
  CHECK(blue[0] == doctest::Approx(1.5 * 40).epsilon(0.05));
  CHECK(blue[1] == doctest::Approx(16 + 6.5 * 40).epsilon(0.02));
}

TEST_CASE("a picture that the plan has turned is shown as it was read") {
  // The plan exchanged the axes: the first one runs down the picture now, and so do the values of both
  // arrays.
  TwoSpots spots;
  spots.subject.tensor.ras.m = {{{0, -1, 0, 0}, {-1, 0, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}};
  const auto orange = middle_of(drawn(spots.subject), 1, 326, 326 + 320);
  CHECK(orange[0] == doctest::Approx(1.5 * 40).epsilon(0.05));
  CHECK(orange[1] == doctest::Approx(16 + 6.5 * 40).epsilon(0.02));
}

TEST_CASE("of a volume three planes above their maps, of a map of zeros a picture all the same") {
  std::vector<float> image(4 * 5 * 6, 1.0F), map(4 * 5 * 6, 0.0F);
  OverlaySubject subject;
  subject.tensor = {{1, 1, 4, 5, 6}, image, Affine(), true};
  subject.map = map;
  subject.items = {0};
  const Pixels pixels = drawn(subject);
  CHECK(pixels.width == 3 * 326 + 14 + 9 * 6);
  CHECK(pixels.height == 16 + 2 * 326);
}

TEST_CASE("the bytes depend on the subject alone") {
  TwoSpots spots;
  const std::string once = overlay_png(spots.subject);
  CHECK(once == overlay_png(spots.subject));
  spots.map[0] = 0.5F;
  CHECK(once != overlay_png(spots.subject));
}

TEST_CASE("maps of slices become the volume that the slices make, zero where none was explained") {
  const std::vector<float> image(3 * 2 * 2), map{1, 2, 3, 4, 5, 6, 7, 8};
  OverlaySubject subject;
  subject.tensor = {{3, 1, 2, 2}, image, Affine(), true};
  subject.map = map;
  subject.items = {0, 2};
  subject.items_are_slices = true;
  const Volume volume = map_volume(subject);
  CHECK(volume.size == std::array<std::int64_t, 3>{2, 2, 3});
  const auto voxels = volume.samples.as<float>();
  // i fastest: of slice 0 the first column is 1 (j 0) and 2 (j 1).
  CHECK(std::vector<float>(voxels.begin(), voxels.end()) ==
        std::vector<float>{1, 3, 2, 4, 0, 0, 0, 0, 5, 7, 6, 8});
}

TEST_CASE("a map that does not fit its tensor is refused") {
  TwoSpots spots;
  spots.subject.items = {0, 1};
  CHECK(test::error_of([&] { overlay_png(spots.subject); }) ==
        "E_PREPARE: a map of 64 voxels does not fit its tensor");
}
