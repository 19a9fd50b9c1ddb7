// Which voxels are kept, in which order: crops and transpositions move a view, pads and repeats copy by
// index.
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

constexpr std::int64_t outside = -1;

/// For every output index of an axis the input index, or `outside`.
using IndexMap = std::vector<std::int64_t>;

IndexMap identity_map(std::int64_t n) {
  IndexMap map(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) map[i] = i;
  return map;
}

/// out(c, i, j, k) = in(maps[0][c], maps[1][i], ...), `fill` where any index is outside.
Image gather(const Image& image, const std::array<IndexMap, 4>& maps, float fill) {
  std::array<std::int64_t, 4> shape{};
  for (int a = 0; a < 4; ++a) shape[a] = static_cast<std::int64_t>(maps[a].size());
  Image out = empty_like(image, shape);
  if (!image.has_values) return out;
  const std::array<int, 4> o = memory_order(image);
  const auto& [m0, m1, m2, m3] = std::tie(maps[o[0]], maps[o[1]], maps[o[2]], maps[o[3]]);
  auto value = [&](std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) {
    if (a == outside || b == outside || c == outside || d == outside) return fill;
    const std::array<std::int64_t, 4>& s = image.strides;
    return image.data()[a * s[o[0]] + b * s[o[1]] + c * s[o[2]] + d * s[o[3]]];
  };
  float* target = out.data();
  for (const std::int64_t a : m0) {
    for (const std::int64_t b : m1) {
      for (const std::int64_t c : m2) {
        for (const std::int64_t d : m3) *target++ = value(a, b, c, d);
      }
    }
  }
  return out;
}

std::int64_t wrapped(std::int64_t index, std::int64_t period) {
  return ((index % period) + period) % period;
}

/// The input index that padding of this mode puts at `index`, which may lie outside [0, n).
std::int64_t padded_index(std::int64_t index, std::int64_t n, step::PadMode mode) {
  if (index >= 0 && index < n) return index;
  switch (mode) {
    case step::PadMode::constant:
      return outside;
    case step::PadMode::edge:
      return std::clamp<std::int64_t>(index, 0, n - 1);
    case step::PadMode::wrap:
      return wrapped(index, n);
    case step::PadMode::reflect: {
      const std::int64_t at = wrapped(index, 2 * (n - 1));
      return at < n ? at : 2 * (n - 1) - at;
    }
    case step::PadMode::symmetric: {
      const std::int64_t at = wrapped(index, 2 * n);
      return at < n ? at : 2 * n - 1 - at;
    }
  }
  return outside;
}

/// torch refuses a reflection or wrap that is longer than the image; numpy would go on for ever.
void require_paddable(std::int64_t n, std::int64_t low, std::int64_t high, step::PadMode mode) {
  const std::int64_t most = mode == step::PadMode::reflect ? n - 1
                            : mode == step::PadMode::wrap  ? n
                                                           : low + high;
  if (std::max(low, high) > most)
    throw Error(Reason::prepare,
                fmt::format("cannot pad an axis of {} voxels by {} with this mode", n, std::max(low, high)));
}

void pad_to(Image& image, const std::array<std::int64_t, 3>& size, step::PadMethod method, step::PadMode mode,
            double value) {
  std::array<IndexMap, 4> maps{identity_map(image.shape[0])};
  std::array<double, 3> start{0, 0, 0};
  for (int a = 0; a < 3; ++a) {
    const std::int64_t n = image.shape[a + 1];
    const std::int64_t width = std::max<std::int64_t>(size[a] - n, 0);
    const std::int64_t low = method == step::PadMethod::symmetric ? width / 2 : 0;
    require_paddable(n, low, width - low, mode);
    for (std::int64_t o = -low; o < n + width - low; ++o) maps[a + 1].push_back(padded_index(o, n, mode));
    start[a] = -static_cast<double>(low);
  }
  if (maps[1].size() == static_cast<std::size_t>(image.shape[1]) &&
      maps[2].size() == static_cast<std::size_t>(image.shape[2]) &&
      maps[3].size() == static_cast<std::size_t>(image.shape[3]))
    return;
  image = gather(image, maps, static_cast<float>(value));
  move_affine(image, translation(start));
}

void crop_to(Image& image, const std::array<std::int64_t, 3>& size) {
  std::array<double, 3> start{0, 0, 0};
  for (int a = 0; a < 3; ++a) {
    std::int64_t& n = image.shape[a + 1];
    const std::int64_t from = std::max<std::int64_t>(n / 2 - size[a] / 2, 0);
    image.offset += from * image.strides[a + 1];
    start[a] = static_cast<double>(from);
    n = std::min(size[a], n - from);
  }
  move_affine(image, translation(start));
}

}  // namespace

std::array<std::int64_t, 3> sizes_for(const Image& image, const step::Sizes& wanted, const char* field) {
  if (wanted.size() != 1 && static_cast<int>(wanted.size()) != image.dims)
    throw Error(Reason::prepare, fmt::format("{} has {} values, the image has {} spatial axes", field,
                                             wanted.size(), image.dims));
  std::array<std::int64_t, 3> sizes{image.shape[1], image.shape[2], image.shape[3]};
  for (int a = 0; a < image.dims; ++a) {
    const std::int64_t size = wanted[wanted.size() == 1 ? 0 : static_cast<std::size_t>(a)];
    if (size > 0) sizes[a] = size;
  }
  return sizes;
}

void apply(Image& image, const step::CenterSpatialCrop& s) {
  crop_to(image, sizes_for(image, s.roi_size, "roi_size"));
}

void apply(Image& image, const step::UltrasoundRegion& s) {
  if (!image.tissue_px) {
    if (s.if_missing == step::IfMissing::keep) return;
    throw Error(Reason::prepare, "the header marks no region of tissue",
                "if_missing: \"keep\" takes such pictures whole");
  }
  const auto& [x0, y0, x1, y1] = *image.tissue_px;
  if (image.dims != 2 || x0 < 0 || y0 < 0 || x1 < x0 || y1 < y0 || x1 >= image.shape[1] ||
      y1 >= image.shape[2])
    throw Error(Reason::prepare, fmt::format("the region of tissue ({}, {}) to ({}, {}) is not inside {}", x0,
                                             y0, x1, y1, canonical(shape_json(image))));
  image.offset += x0 * image.strides[1] + y0 * image.strides[2];
  image.shape[1] = x1 - x0 + 1;
  image.shape[2] = y1 - y0 + 1;
  move_affine(image, translation({static_cast<double>(x0), static_cast<double>(y0), 0}));
}

void apply(Image& image, const step::SpatialPad& s) {
  pad_to(image, sizes_for(image, s.spatial_size, "spatial_size"), s.method, s.mode, s.value);
}

void apply(Image& image, const step::ResizeWithPadOrCrop& s) {
  const std::array<std::int64_t, 3> size = sizes_for(image, s.spatial_size, "spatial_size");
  crop_to(image, size);
  pad_to(image, size, s.method, s.mode, s.value);
}

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
