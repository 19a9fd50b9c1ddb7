// What crops and pads share: a box of voxels cut out of an image, or put around it, with its affine.
#pragma once

#include <cstdint>
#include <vector>

#include "radbatch/model/plan.hpp"
#include "radbatch/prepare/image.hpp"

namespace radbatch::prepare_detail {

/// Voxels per spatial axis.
using Extent = std::array<std::int64_t, 3>;

/// For every output index of an axis the input index, or `outside`.
using IndexMap = std::vector<std::int64_t>;
constexpr std::int64_t outside = -1;

IndexMap identity_map(std::int64_t n);
/// out(c, i, j, k) = in(maps[0][c], maps[1][i], ...), `fill` where any index is outside.
Image gather(const Image& image, const std::array<IndexMap, 4>& maps, float fill);

Extent spatial_size(const Image& image);
/// Keeps `size` voxels from `start` on, as far as the image reaches: a view. Throws Error(Reason::prepare)
/// when none is left on an axis.
void crop(Image& image, const Extent& start, const Extent& size);
/// Adds `low` and `high` voxels. Throws Error(Reason::prepare) where the mode cannot go so far,
/// Error(Reason::too_large).
void pad(Image& image, const Extent& low, const Extent& high, step::PadMode mode, double value);

/// MONAI's centre crop: never enlarges.
void crop_to(Image& image, const Extent& size);
/// MONAI's SpatialPad: never shrinks.
void pad_to(Image& image, const Extent& size, step::PadMethod method, step::PadMode mode, double value);

}  // namespace radbatch::prepare_detail
