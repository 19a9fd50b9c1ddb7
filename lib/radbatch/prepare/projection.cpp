// MaximumProjection: the brightest voxel through a slab, as radiologists read vessels and nodules.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

/// Voxels in a slab: at least one, at most the whole axis.
std::int64_t thickness(const Image& image, const step::MaximumProjection& s) {
  const auto n = static_cast<double>(image.shape[s.axis + 1]);
  if (!s.slab_mm) return static_cast<std::int64_t>(n);
  const double spacing = image.ras.spacing(static_cast<int>(s.axis));
  return static_cast<std::int64_t>(std::clamp(std::round(*s.slab_mm / spacing), 1.0, n));
}

float brightest(const float* values, std::int64_t n, std::int64_t stride) {
  float most = -std::numeric_limits<float>::infinity();
  for (std::int64_t i = 0; i < n; ++i) most = std::max(most, values[i * stride]);
  return most;
}

}  // namespace

void apply(Image& image, const step::MaximumProjection& s) {
  if (image.dims != 3)
    throw Error(Reason::prepare, fmt::format("MaximumProjection is for volumes, the image has shape {}",
                                             canonical(shape_json(image))));
  const int axis = static_cast<int>(s.axis) + 1;
  const std::int64_t n = image.shape[axis];
  const std::int64_t slab = thickness(image, s);
  std::array<std::int64_t, 4> shape = image.shape;
  shape[axis] = (n + slab - 1) / slab;
  Image out = empty_like(image, shape);
  const std::array<std::int64_t, 4>& in = image.strides;
  const std::array<std::int64_t, 4>& to = out.strides;
  std::array<std::int64_t, 4> at{};
  for (at[0] = 0; at[0] < shape[0]; ++at[0]) {
    for (at[1] = 0; at[1] < shape[1]; ++at[1]) {
      for (at[2] = 0; at[2] < shape[2]; ++at[2]) {
        for (at[3] = 0; at[3] < shape[3]; ++at[3]) {
          std::int64_t source = 0, target = 0;
          for (int a = 0; a < 4; ++a) {
            source += at[a] * (a == axis ? slab : 1) * in[a];
            target += at[a] * to[a];
          }
          out.data()[target] =
              brightest(image.data() + source, std::min(slab, n - at[axis] * slab), in[axis]);
        }
      }
    }
  }
  Affine step;
  step.m[axis - 1][axis - 1] = static_cast<double>(slab);
  step.m[axis - 1][3] = static_cast<double>(slab - 1) / 2;
  image = std::move(out);
  move_affine(image, step);
}

}  // namespace radbatch::prepare_detail
