#include "radbatch/image/preview.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "make_dicom.hpp"
#include "radbatch/image/reader.hpp"

using namespace radbatch;
using namespace radbatch::test;

namespace {

// One slice, `width` x `height`, dark but for one bright voxel at (i, j); the preview has room for every
// voxel.
Volume with_mark(std::int64_t width, std::int64_t height, std::int64_t i, std::int64_t j) {
  Volume volume = make_volume({width, height, 1}, 1, 1, SampleType::uint8);
  std::fill_n(volume.samples.data(), volume.samples.size(), std::byte{0});
  volume.samples.data()[i + width * j] = std::byte{200};
  return volume;
}

struct Shown {
  std::int64_t width, height, x, y;
  bool operator==(const Shown&) const = default;
};

// Where the bright voxel is in the picture.
Shown shown(const Volume& volume, int max_side = 64) {
  const TemporaryFolder folder;
  write_bytes(folder / "p.png", preview_png(volume, max_side));
  ImageSource source;
  source.kind = FileKind::png;
  source.files = {folder / "p.png"};
  const auto values = to_float(read_image(source, 1U << 20));
  const std::int64_t width = read_image(source, 1U << 20).size[0];
  const auto at = std::max_element(values.begin(), values.end()) - values.begin();
  return {width, static_cast<std::int64_t>(values.size()) / width, at % width, at / width};
}

// Columns are the patient directions (LPS) of i, j, k.
Affine directions(std::array<double, 3> i, std::array<double, 3> j, std::array<double, 3> k) {
  Affine lps;
  for (std::size_t r = 0; r < 3; ++r) lps.m[r] = {i[r], j[r], k[r], 0};
  return lps;
}

}  // namespace

TEST_CASE("an axial slice in LPS is shown as it is stored") {
  CHECK(shown(with_mark(4, 3, 3, 0)) == Shown{4, 3, 3, 0});
}

TEST_CASE("an axial slice in RAS is turned round") {
  Volume volume = with_mark(4, 3, 3, 0);
  volume.lps = directions({-1, 0, 0}, {0, -1, 0}, {0, 0, 1});
  CHECK(shown(volume) == Shown{4, 3, 0, 2});
}

TEST_CASE("rows that run from back to front become columns") {
  Volume volume = with_mark(4, 3, 3, 0);
  volume.lps = directions({0, 1, 0}, {1, 0, 0}, {0, 0, 1});
  CHECK(shown(volume) == Shown{3, 4, 0, 3});
}

TEST_CASE("a coronal slice has the head up and the patient's right at the left") {
  Volume volume = with_mark(4, 3, 3, 0);
  volume.lps = directions({-1, 0, 0}, {0, 0, 1}, {0, 1, 0});
  CHECK(shown(volume) == Shown{4, 3, 0, 2});
}

TEST_CASE("a sagittal slice has the head up and the front at the left") {
  Volume volume = with_mark(4, 3, 3, 0);
  volume.lps = directions({0, 1, 0}, {0, 0, 1}, {1, 0, 0});
  CHECK(shown(volume) == Shown{4, 3, 3, 2});
}

TEST_CASE("pixels are square in mm and the longer side fits") {
  Volume volume = with_mark(4, 4, 3, 3);
  volume.lps = directions({1, 0, 0}, {0, 2, 0}, {0, 0, 1});
  CHECK(shown(volume) == Shown{4, 8, 3, 6});
  volume = with_mark(100, 50, 99, 49);
  CHECK(shown(volume, 20) == Shown{20, 10, 19, 9});
}

TEST_CASE("the bytes of a preview depend on the volume alone") {
  CHECK(preview_png(with_mark(9, 7, 1, 2), 64) == preview_png(with_mark(9, 7, 1, 2), 64));
}
