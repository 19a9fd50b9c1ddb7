// Which channels and axes, in which order. Transpositions move a view, repeats copy by index.
#include <fmt/format.h>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/extent.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {

void apply(Image& image, const step::RepeatChannel& s) {
  std::array<IndexMap, 4> maps;
  for (int a = 1; a < 4; ++a) maps[a] = identity_map(image.shape[a]);
  for (std::int64_t c = 0; c < image.shape[0] * s.repeats; ++c) maps[0].push_back(c / s.repeats);
  image = gather(image, maps, 0);
}

void apply(Image& image, const step::SqueezeDim& s) {
  const std::int64_t dim = s.dim < 0 ? s.dim + image.dims + 1 : s.dim;
  if (image.dims != 3 || dim < 1 || dim > 3)
    throw Error(Reason::prepare, fmt::format("dim {} is no spatial axis that can be removed from {}", s.dim,
                                             canonical(shape_json(image))));
  if (image.shape[dim] != 1)
    throw Error(Reason::prepare, fmt::format("axis {} has {} voxels and must have 1", dim, image.shape[dim]));
  image = slice_of(image, static_cast<int>(dim) - 1, 0);
}

void apply(Image& image, const step::Transpose& s) {
  if (static_cast<int>(s.indices.size()) != image.dims + 1)
    throw Error(Reason::prepare, fmt::format("indices has {} values, the image has {} axes", s.indices.size(),
                                             image.dims + 1));
  const Image before = image;
  for (int a = 0; a < image.dims; ++a) {
    const std::int64_t from = s.indices[static_cast<std::size_t>(a) + 1] - 1;
    image.shape[a + 1] = before.shape[from + 1];
    image.strides[a + 1] = before.strides[from + 1];
    image.axes[a] = before.axes[from];
    for (int row = 0; row < 4; ++row) image.ras.m[row][a] = before.ras.m[row][from];
  }
}

}  // namespace radbatch::prepare_detail
