#include "radbatch/image/tensor_volume.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "error_text.hpp"

using namespace radbatch;

namespace {

/// Values 0, 1, 2 ... in C order.
struct Counted {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  explicit Counted(std::vector<std::int64_t> s) : shape(std::move(s)) {
    std::int64_t n = 1;
    for (const std::int64_t extent : shape) n *= extent;
    values.resize(static_cast<std::size_t>(n));
    std::iota(values.begin(), values.end(), 0.0F);
  }
  TensorView view() const { return {shape, values, {}}; }
};

float sample(const Volume& v, std::int64_t c, std::int64_t i, std::int64_t j, std::int64_t k,
             std::int64_t t) {
  return v.samples.as<float>()[static_cast<std::size_t>(
      c + v.channels * (i + v.size[0] * (j + v.size[1] * (k + v.size[2] * t))))];
}

}  // namespace

TEST_CASE("every value of a tensor finds its voxel") {
  const Counted tensor({2, 3, 4, 5, 6});
  const Volume volume = tensor_volume(tensor.view());
  CHECK(volume.size == std::array<std::int64_t, 3>{4, 5, 6});
  CHECK(volume.channels == 3);
  CHECK(volume.frames == 2);
  CHECK(sample(volume, 2, 3, 1, 4, 1) == 360 + 2 * 120 + 3 * 30 + 1 * 6 + 4);
  CHECK(sample(volume, 0, 0, 0, 1, 0) == 1);
}

TEST_CASE("a picture's tensor has two dimensions, and the affine becomes LPS") {
  const Counted tensor({1, 1, 4, 5});
  TensorView view = tensor.view();
  view.ras.m[0] = {2, 0, 0, -7};
  const Volume volume = tensor_volume(view);
  CHECK(volume.dims == 2);
  CHECK(volume.lps.m[0][0] == -2);
  CHECK(volume.lps.m[0][3] == 7);
}

TEST_CASE("channels or items take the fourth axis, not both") {
  CHECK(tensor_volume_without_channels(Counted({1, 4, 2, 2, 2}).view()).frames == 4);
  CHECK(tensor_volume_without_channels(Counted({7, 1, 2, 2}).view()).frames == 7);
  const Counted both({2, 3, 2, 2});
  CHECK(test::error_of([&] { tensor_volume_without_channels(both.view()); }) ==
        "E_PREPARE: 2 items of 3 channels have no place in a file with four axes [write them with --format "
        "h5, npy or "
        "nrrd]");
}

TEST_CASE("a tensor that is no image is refused") {
  const Counted flat({2, 3});
  CHECK(test::error_of([&] { tensor_volume(flat.view()); }) ==
        "E_PREPARE: a tensor of 2 axes is no image: items, channels and two or three of space are");
  Counted wrong({1, 1, 2, 2});
  wrong.shape[3] = 3;
  CHECK(test::error_of([&] { tensor_volume(wrong.view()); }) ==
        "E_PREPARE: the tensor's shape and its values do not fit");
}
