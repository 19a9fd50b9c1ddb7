#include "radbatch/prepare/image.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "radbatch/base/error.hpp"

namespace radbatch::prepare_detail {
namespace {

template <class T>
void convert(const Volume& volume, std::int64_t first, std::int64_t n, float* target) {
  const T* source = volume.samples.as<T>().data() + first;
  for (std::int64_t i = 0; i < n; ++i) target[i] = static_cast<float>(source[i]);
}

void require_finite(const float* values, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    if (!std::isfinite(values[i])) throw Error(Reason::nonfinite, "the image holds a NaN or infinite value");
  }
}

/// C-order strides for axes listed from the slowest to the fastest.
std::array<std::int64_t, 4> packed(const std::array<int, 4>& order,
                                   const std::array<std::int64_t, 4>& shape) {
  std::array<std::int64_t, 4> strides{};
  std::int64_t step = 1;
  for (int at = 3; at >= 0; --at) {
    strides[order[at]] = step;
    step *= shape[order[at]];
  }
  return strides;
}

}  // namespace

Image grid_of(const Volume& volume) {
  Image image;
  image.has_values = false;
  image.block = std::make_shared<float[]>(1);
  image.shape = {volume.channels, volume.size[0], volume.size[1], volume.size[2]};
  image.dims = volume.dims;
  image.tissue_px = volume.tissue_px;
  // MONAI gives pictures the identity in RAS.
  if (volume.has_geometry) image.ras = lps_to_ras(volume.lps);
  return image;
}

Image frame_of(const Volume& volume, std::int64_t frame) {
  Image image = grid_of(volume);
  const std::int64_t n = volume.voxels() * volume.channels;
  image.has_values = true;
  image.block = std::make_shared_for_overwrite<float[]>(static_cast<std::size_t>(n));
  image.strides = packed({3, 2, 1, 0}, image.shape);
  switch (volume.type) {
    case SampleType::uint8:
      convert<std::uint8_t>(volume, frame * n, n, image.data());
      break;
    case SampleType::int16:
      convert<std::int16_t>(volume, frame * n, n, image.data());
      break;
    case SampleType::uint16:
      convert<std::uint16_t>(volume, frame * n, n, image.data());
      break;
    case SampleType::int32:
      convert<std::int32_t>(volume, frame * n, n, image.data());
      break;
    case SampleType::float32:
      convert<float>(volume, frame * n, n, image.data());
      require_finite(image.data(), n);
      break;
  }
  return image;
}

std::array<int, 4> memory_order(const Image& image) {
  std::array<int, 4> order{0, 1, 2, 3};
  // An axis of size 1 never moves: its place does not matter, only that it is not taken for the fastest one.
  auto step = [&](int axis) { return image.shape[axis] == 1 ? INT64_MAX : std::abs(image.strides[axis]); };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return step(a) > step(b); });
  return order;
}

Image empty_like(const Image& like, std::array<std::int64_t, 4> shape) {
  Image image = like;
  image.shape = shape;
  if (!like.has_values) return image;
  image.strides = packed(memory_order(like), shape);
  image.offset = 0;
  image.block = std::make_shared_for_overwrite<float[]>(static_cast<std::size_t>(image.count()));
  return image;
}

void copy_to_c_order(const Image& image, float* target) {
  const std::array<std::int64_t, 4>& n = image.shape;
  const std::array<std::int64_t, 4>& in = image.strides;
  const std::array<std::int64_t, 4> out = packed({0, 1, 2, 3}, n);
  const std::array<int, 4> order = memory_order(image);
  // Tiles over the axes that are fastest in the source and in the target; else every read is a cache miss.
  const int fast_in = order[3];
  const int fast_out = image.shape[3] > 1 ? 3 : image.shape[2] > 1 ? 2 : 1;
  const int second = fast_in != fast_out ? fast_in : (fast_out == 3 ? 2 : 3);
  std::array<int, 2> outer{};
  for (int axis = 0, at = 0; axis < 4; ++axis) {
    if (axis != fast_out && axis != second) outer[at++] = axis;
  }
  constexpr std::int64_t tile = 32;
  const float* source = image.data();
  auto copy_tile = [&](const float* from, float* to, std::int64_t a0, std::int64_t b0) {
    for (std::int64_t a = a0; a < std::min(a0 + tile, n[second]); ++a) {
      for (std::int64_t b = b0; b < std::min(b0 + tile, n[fast_out]); ++b)
        to[a * out[second] + b * out[fast_out]] = from[a * in[second] + b * in[fast_out]];
    }
  };
  for (std::int64_t x = 0; x < n[outer[0]]; ++x) {
    for (std::int64_t y = 0; y < n[outer[1]]; ++y) {
      for (std::int64_t a = 0; a < n[second]; a += tile) {
        for (std::int64_t b = 0; b < n[fast_out]; b += tile)
          copy_tile(source + x * in[outer[0]] + y * in[outer[1]],
                    target + x * out[outer[0]] + y * out[outer[1]], a, b);
      }
    }
  }
}

void own_values(Image& image) {
  if (image.block.use_count() == 1 || !image.has_values) return;
  Image copy = empty_like(image, image.shape);
  for (std::int64_t c = 0; c < image.shape[0]; ++c) {
    for (std::int64_t i = 0; i < image.shape[1]; ++i) {
      for (std::int64_t j = 0; j < image.shape[2]; ++j) {
        const float* from = image.data() + c * image.strides[0] + i * image.strides[1] + j * image.strides[2];
        float* to = copy.data() + c * copy.strides[0] + i * copy.strides[1] + j * copy.strides[2];
        for (std::int64_t k = 0; k < image.shape[3]; ++k)
          to[k * copy.strides[3]] = from[k * image.strides[3]];
      }
    }
  }
  image = std::move(copy);
}

Image channel_of(const Image& image, std::int64_t channel) {
  Image one = image;
  one.offset += channel * one.strides[0];
  one.shape[0] = 1;
  return one;
}

Image slice_of(const Image& image, int axis, std::int64_t index) {
  Image slice = image;
  slice.dims = 2;
  slice.offset += index * image.strides[axis + 1];
  std::array<double, 3> start{0, 0, 0};
  start[axis] = static_cast<double>(index);
  move_affine(slice, translation(start));
  for (int a = axis; a < 2; ++a) {
    std::swap(slice.shape[a + 1], slice.shape[a + 2]);
    std::swap(slice.strides[a + 1], slice.strides[a + 2]);
    std::swap(slice.axes[a], slice.axes[a + 1]);
    for (auto& row : slice.ras.m) std::swap(row[a], row[a + 1]);
  }
  slice.shape[3] = 1;
  return slice;
}

Json shape_json(const Image& image) {
  return Json(std::vector<std::int64_t>(image.shape.begin(), image.shape.begin() + 1 + image.dims));
}

void move_affine(Image& image, const Affine& step) {
  image.ras = multiply(image.ras, step);
}

Affine translation(std::array<double, 3> start) {
  Affine affine;
  for (int a = 0; a < 3; ++a) affine.m[a][3] = start[a];
  return affine;
}

}  // namespace radbatch::prepare_detail
