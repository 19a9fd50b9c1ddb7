// The array that steps work on: MONAI's channel-first float32 image with its affine.
//
// Axes are (channel, i, j, k); a 2-D image has k of size 1 and dims 2. Values are a strided view of a shared
// block, so that reorienting, flipping, cropping and slicing move no data, and a slice of a CT costs nothing
// until a step changes it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "radbatch/base/json.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch::prepare_detail {

struct Image {
  std::array<std::int64_t, 4> shape{1, 1, 1, 1};
  std::array<std::int64_t, 4> strides{0, 0, 0, 0};  ///< in values; negative after a flip
  std::int64_t offset = 0;                          ///< of (0, 0, 0, 0) in the block
  int dims = 3;                                     ///< spatial: 2 or 3
  Affine ras;                                       ///< (i, j, k) -> RAS mm
  std::array<std::string, 3> axes{"i", "j", "k"};   ///< what to call them
  std::shared_ptr<float[]> block;
  std::optional<std::array<std::int64_t, 4>> tissue_px;  ///< Volume::tissue_px
  bool has_values =
      true;  ///< false: one value stands for all, and only the grid means something (explain.hpp)

  float* data() { return block.get() + offset; }
  const float* data() const { return block.get() + offset; }
  std::int64_t count() const { return shape[0] * shape[1] * shape[2] * shape[3]; }
};

/// One frame of a volume, converted to float32 (exact but for int32 beyond 2^24).
/// Throws Error(Reason::nonfinite) when a sample is NaN or infinite.
Image frame_of(const Volume& volume, std::int64_t frame);
/// The grid of a volume, without values.
Image grid_of(const Volume& volume);
/// Uninitialised values in a block of its own with the memory order of `like`'s axes; geometry copied.
Image empty_like(const Image& like, std::array<std::int64_t, 4> shape);
/// Axes from the largest to the smallest step in memory.
std::array<int, 4> memory_order(const Image& image);
/// Writes the values in C order of (channel, i, j, k).
void copy_to_c_order(const Image& image, float* target);
/// The image as the only owner of its values, so that they may be changed in place.
void own_values(Image& image);
/// The view of one channel.
Image channel_of(const Image& image, std::int64_t channel);
/// The 2-D view at `index` of spatial axis `axis` (0 to 2); the axis becomes the last column of the affine.
Image slice_of(const Image& image, int axis, std::int64_t index);
/// [channels, i, j] or [channels, i, j, k].
Json shape_json(const Image& image);

/// The affine after index axis transformation `step` (new index -> old index).
void move_affine(Image& image, const Affine& step);
/// New index (i, j, k) = old index - start.
Affine translation(std::array<double, 3> start);

/// Calls f(values, n, step) for every run along the fastest axis, in memory order.
template <class Self, class Function>
void for_each_run(Self& image, Function f) {
  std::array<std::int64_t, 4> n = image.shape;
  std::array<std::int64_t, 4> step = image.strides;
  auto* base = image.data();
  for (int a = 0; a < 4; ++a) {
    if (step[a] >= 0) continue;
    base += (n[a] - 1) * step[a];
    step[a] = -step[a];
  }
  const std::array<int, 4> o = memory_order(image);
  for (std::int64_t a = 0; a < n[o[0]]; ++a) {
    for (std::int64_t b = 0; b < n[o[1]]; ++b) {
      for (std::int64_t c = 0; c < n[o[2]]; ++c)
        f(base + a * step[o[0]] + b * step[o[1]] + c * step[o[2]], n[o[3]], step[o[3]]);
    }
  }
}

template <class Function>
void for_each_value(const Image& image, Function f) {
  for_each_run(image, [&](const float* values, std::int64_t n, std::int64_t step) {
    for (std::int64_t i = 0; i < n; ++i) f(values[i * step]);
  });
}

/// value = f(value) on all values. Give an owned image, or a channel of one.
template <class Function>
void change_values(Image& image, Function f) {
  for_each_run(image, [&](float* values, std::int64_t n, std::int64_t step) {
    if (step == 1) {
      for (std::int64_t i = 0; i < n; ++i) values[i] = f(values[i]);
    } else {
      for (std::int64_t i = 0; i < n; ++i) values[i * step] = f(values[i * step]);
    }
  });
}

}  // namespace radbatch::prepare_detail
