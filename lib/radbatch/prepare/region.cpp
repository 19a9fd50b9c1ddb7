// CropToRegion: the part of the image that the manifest means, on the grid that the plan has made.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/extent.hpp"
#include "radbatch/prepare/linear.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

/// Rounding of float32 affines must not add or drop a voxel.
constexpr double voxel_tolerance = 1e-3;

/// Lower and upper end of a region along each axis, in voxels; the centre of voxel n is n.
struct Box {
  std::array<double, 3> low{0, 0, 0}, high{0, 0, 0};
};

Box box_of(const Region& region, const Image& image) {
  const Affine to_index = solve(image.ras, Affine{});
  Box box;
  for (int a = 0; a < 3; ++a) {
    box.low[a] = std::numeric_limits<double>::infinity();
    box.high[a] = -box.low[a];
    for (const auto& [x, y, z] : region.corners) {
      const std::array<double, 4>& row = to_index.m[a];
      const double at = row[0] * x + row[1] * y + row[2] * z + row[3];
      box.low[a] = std::min(box.low[a], at);
      box.high[a] = std::max(box.high[a], at);
    }
  }
  return box;
}

template <class T>
T for_axis(const std::vector<T>& values, int axis, int dims, const char* field) {
  if (values.size() != 1 && static_cast<int>(values.size()) != dims)
    throw Error(Reason::prepare,
                fmt::format("{} has {} values, the image has {} spatial axes", field, values.size(), dims));
  return values[values.size() == 1 ? 0 : static_cast<std::size_t>(axis)];
}

struct Range {
  std::int64_t from = 0, n = 1;
};

/// `n` voxels as near to the centre as whole voxels allow.
Range around(double center, std::int64_t n) {
  return {static_cast<std::int64_t>(std::ceil(center - static_cast<double>(n) / 2 - voxel_tolerance)), n};
}

/// The voxels whose centres lie in the box; the nearest one where it holds none.
Range inside(double low, double high) {
  const auto from = static_cast<std::int64_t>(std::ceil(low - voxel_tolerance));
  const auto to = static_cast<std::int64_t>(std::floor(high + voxel_tolerance));
  return to < from ? around((low + high) / 2, 1) : Range{from, to - from + 1};
}

Range range_along(const Image& image, const Box& box, int axis, const step::CropToRegion& s) {
  const double center = (box.low[axis] + box.high[axis]) / 2, spacing = image.ras.spacing(axis);
  if (!s.spatial_size.empty())
    return around(center, for_axis(s.spatial_size, axis, image.dims, "spatial_size"));
  if (!s.size_mm.empty()) {
    const double n = std::nearbyint(for_axis(s.size_mm, axis, image.dims, "size_mm") / spacing);
    return around(center, std::max<std::int64_t>(static_cast<std::int64_t>(std::min(n, 1e9)), 1));
  }
  const double margin =
      s.margin_mm.empty() ? 0 : for_axis(s.margin_mm, axis, image.dims, "margin_mm") / spacing;
  return inside(box.low[axis] - margin, box.high[axis] + margin);
}

using Ranges = std::array<Range, 3>;

void require_overlap(const Image& image, const Ranges& ranges) {
  for (int a = 0; a < image.dims; ++a) {
    const auto [from, n] = ranges[a];
    if (from < image.shape[a + 1] && from + n > 0) continue;
    throw Error(Reason::prepare,
                fmt::format("the region lies outside the image: voxels {} to {} of axis {}, which has {}",
                            from, from + n - 1, a, image.shape[a + 1]),
                "is the roi's \"space\" (LPS or RAS) right?");
  }
}

bool is_inside(const Image& image, const Ranges& ranges) {
  for (int a = 0; a < 3; ++a) {
    if (ranges[a].from < 0 || ranges[a].from + ranges[a].n > image.shape[a + 1]) return false;
  }
  return true;
}

Image view_of(const Image& image, const Ranges& ranges) {
  Image view = image;
  for (int a = 0; a < 3; ++a) {
    view.offset += ranges[a].from * image.strides[a + 1];
    view.shape[a + 1] = ranges[a].n;
  }
  return view;
}

/// The crop with `value` where it leaves the image.
Image padded(const Image& image, const Ranges& ranges, float value) {
  require_allocatable({image.shape[0], ranges[0].n, ranges[1].n, ranges[2].n});
  std::array<IndexMap, 4> maps{identity_map(image.shape[0])};
  for (int a = 0; a < 3; ++a) {
    for (std::int64_t at = ranges[a].from; at < ranges[a].from + ranges[a].n; ++at)
      maps[a + 1].push_back(at >= 0 && at < image.shape[a + 1] ? at : outside);
  }
  return gather(image, maps, value);
}

}  // namespace

void apply(Image& image, const step::CropToRegion& s) {
  if (!image.region) {
    if (s.if_missing == step::IfMissing::keep) return;
    throw Error(Reason::missing_input, "the case has no region to crop around",
                "give it a \"roi\" or a \"mask\" in the manifest");
  }
  const Box box = box_of(*image.region, image);
  Ranges ranges;
  for (int a = 0; a < image.dims; ++a) ranges[a] = range_along(image, box, a, s);
  require_overlap(image, ranges);
  image =
      is_inside(image, ranges) ? view_of(image, ranges) : padded(image, ranges, static_cast<float>(s.value));
  move_affine(image, translation({static_cast<double>(ranges[0].from), static_cast<double>(ranges[1].from),
                                  static_cast<double>(ranges[2].from)}));
}

}  // namespace radbatch::prepare_detail
