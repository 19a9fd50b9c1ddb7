// Crops and pads: which voxels of the grid are kept, and what lies around them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/extent.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

std::int64_t rounded_up(std::int64_t n, std::int64_t k) {
  return k > 0 ? (n + k - 1) / k * k : n;
}

/// A centre as MONAI's compute_slices: it starts inside the image, and the size counts from there.
Extent start_of(const step::Sizes& values, const step::Sizes& sizes, bool centred, int axes) {
  Extent start{};
  for (int a = 0; a < axes; ++a) {
    const std::int64_t half = centred ? value_at(sizes, a) / 2 : 0;
    start[a] = std::max<std::int64_t>(value_at(values, a) - half, 0);
  }
  return start;
}

}  // namespace

std::array<std::int64_t, 3> sizes_for(const Image& image, const step::Sizes& wanted, const char* field) {
  require_values(image, wanted.size(), field);
  std::array<std::int64_t, 3> sizes = spatial_size(image);
  for (int a = 0; a < image.dims; ++a) {
    if (value_at(wanted, a) > 0) sizes[a] = value_at(wanted, a);
  }
  return sizes;
}

void require_values(const Image& image, std::size_t n, const char* field) {
  if (n != 1 && n != static_cast<std::size_t>(image.dims))
    throw Error(Reason::prepare,
                fmt::format("{} has {} values, the image has {} spatial axes", field, n, image.dims));
}

void apply(Image& image, const step::CenterSpatialCrop& s) {
  crop_to(image, sizes_for(image, s.roi_size, "roi_size"));
}

void apply(Image& image, const step::CenterScaleCrop& s) {
  require_values(image, s.roi_scale.size(), "roi_scale");
  Extent size = spatial_size(image);
  for (int a = 0; a < image.dims; ++a) {
    const double wanted = std::ceil(value_at(s.roi_scale, a) * static_cast<double>(size[a]));
    if (wanted > 0 && wanted < static_cast<double>(size[a])) size[a] = static_cast<std::int64_t>(wanted);
  }
  crop_to(image, size);
}

void apply(Image& image, const step::SpatialCrop& s) {
  const bool centred = !s.roi_center.empty();
  const step::Sizes& from = centred ? s.roi_center : s.roi_start;
  const step::Sizes& to = centred ? s.roi_size : s.roi_end;
  const int axes = std::min(image.dims, static_cast<int>(std::max(from.size(), to.size())));
  const Extent start = start_of(from, to, centred, axes);
  Extent size = spatial_size(image);
  for (int a = 0; a < axes; ++a) size[a] = centred ? value_at(to, a) : value_at(to, a) - start[a];
  crop(image, start, size);
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

void apply(Image& image, const step::BorderPad& s) {
  const std::size_t n = s.spatial_border.size();
  const bool sided = n == 2 * static_cast<std::size_t>(image.dims);
  if (n != 1 && !sided && n != static_cast<std::size_t>(image.dims))
    throw Error(Reason::prepare,
                fmt::format("spatial_border has {} values, the image has {} spatial axes", n, image.dims));
  Extent low{}, high{};
  for (int a = 0; a < image.dims; ++a) {
    low[a] = std::max<std::int64_t>(value_at(s.spatial_border, sided ? 2 * a : a), 0);
    high[a] = std::max<std::int64_t>(value_at(s.spatial_border, sided ? 2 * a + 1 : a), 0);
  }
  pad(image, low, high, s.mode, s.value);
}

void apply(Image& image, const step::DivisiblePad& s) {
  require_values(image, s.k.size(), "k");
  Extent size = spatial_size(image);
  for (int a = 0; a < image.dims; ++a) size[a] = rounded_up(size[a], value_at(s.k, a));
  pad_to(image, size, s.method, s.mode, s.value);
}

}  // namespace radbatch::prepare_detail
