// Spacing: MONAI's zoom_affine, compute_shape_offset and spatial_resample, in float64 and in their order of
// operations, because output sizes hang on a rounding.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/interpolate.hpp"
#include "radbatch/prepare/linear.hpp"
#include "radbatch/prepare/match.hpp"
#include "radbatch/prepare/resample.hpp"
#include "radbatch/prepare/spline.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

/// Where MONAI calls two spacings or affines the same (AFFINE_TOL), and where we call a grid sheared.
constexpr double affine_tolerance = 1e-3;

void require_orthogonal(const Image& image) {
  const Affine unit = directions(image.ras);
  for (int a = 0; a < image.dims; ++a) {
    for (int b = a + 1; b < image.dims; ++b) {
      double cosine = 0;
      for (int row = 0; row < 3; ++row) cosine += unit.m[row][a] * unit.m[row][b];
      if (std::abs(cosine) <= affine_tolerance) continue;
      throw Error(Reason::gantry_tilt,
                  fmt::format("the grid is sheared: index axes {} and {} are {:.2f} degrees apart", a, b,
                              std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / M_PI));
    }
  }
}

/// The affine that Spacing reasons with: the image's own, or for a 2-D image its two spacings.
Affine working_affine(const Image& image) {
  if (image.dims == 3) return image.ras;
  Affine plane;
  for (int a = 0; a < 2; ++a) plane.m[a][a] = image.ras.spacing(a) == 0 ? 1 : image.ras.spacing(a);
  return plane;
}

/// pixdim filled up, and the present spacing kept where it is within 0.001 mm of pixdim, or of the range from
/// min_pixdim to max_pixdim, or where pixdim is <= 0.
std::array<double, 3> wanted_spacing(const Affine& affine, int dims, const step::Spacing& s) {
  std::array<double, 3> wanted{};
  for (int a = 0; a < 3; ++a) {
    const auto axis = static_cast<std::size_t>(a);
    const double present = affine.spacing(a) == 0 ? 1 : affine.spacing(a);
    const double target = s.pixdim[std::min(axis, s.pixdim.size() - 1)];
    const double least = axis < s.min_pixdim.size() ? std::min(s.min_pixdim[axis], target) : target;
    const double most = axis < s.max_pixdim.size() ? std::max(s.max_pixdim[axis], target) : target;
    const bool same = least - affine_tolerance <= present && present <= most + affine_tolerance;
    wanted[a] = a >= dims || same || target <= 0 ? present : target;
  }
  return wanted;
}

/// MONAI's zoom_affine: the rotation of `affine` by Cholesky, its columns stretched to `spacing`.
Affine zoomed(const Affine& affine, const std::array<double, 3>& spacing, bool diagonal) {
  Affine scale;
  for (int a = 0; a < 3; ++a) scale.m[a][a] = spacing[a];
  if (diagonal) return scale;
  Affine upper;  // of the product of the transpose with the matrix itself
  upper.m = {};
  upper.m[3][3] = 1;
  for (int j = 0; j < 3; ++j) {
    for (int i = 0; i <= j; ++i) {
      double sum = 0;
      for (int row = 0; row < 3; ++row) sum += affine.m[row][i] * affine.m[row][j];
      for (int k = 0; k < i; ++k) sum -= upper.m[k][i] * upper.m[k][j];
      upper.m[i][j] = i == j ? std::sqrt(sum) : sum / upper.m[i][i];
    }
  }
  Affine linear = affine;
  for (int row = 0; row < 3; ++row) linear.m[row][3] = 0;
  return multiply(multiply(linear, solve(upper, Affine{})), scale);
}

struct Grid {
  std::array<std::int64_t, 3> size{1, 1, 1};
  Affine affine;
};

using Point = std::array<double, 3>;

Point transform(const Affine& affine, const Point& p) {
  Point q{};
  for (int row = 0; row < 3; ++row)
    q[row] = affine.m[row][0] * p[0] + affine.m[row][1] * p[1] + affine.m[row][2] * p[2] + affine.m[row][3];
  return q;
}

/// Half to even. Throws Error(Reason::too_large) before the number leaves the range of sizes,
/// Error(Reason::prepare) when nothing is left.
std::int64_t voxels_in(double extent) {
  const double n = std::nearbyint(extent);
  if (!(n <= 1e12))
    throw Error(Reason::too_large, fmt::format("an axis would have {:g} voxels", n),
                "look at the spacing of the image, and at pixdim");
  if (n < 1) throw Error(Reason::prepare, "an axis would have no voxel left");
  return static_cast<std::int64_t>(n);
}

/// With scale_extent MONAI moves the origin by half of what the voxels grow, and keeps its sign.
Point with_scaled_extent(const Point& origin, const Image& image, const Affine& in, const Grid& grid) {
  Point shift{};
  for (int a = 0; a < image.dims; ++a)
    shift[a] = 0.5 * (static_cast<double>(image.shape[a + 1]) / static_cast<double>(grid.size[a]) - 1);
  Point moved = transform(in, shift);
  for (int row = 0; row < 3; ++row)
    moved[row] = origin[row] == 0 ? 0 : std::copysign(moved[row], origin[row]);
  return moved;
}

/// MONAI's compute_shape_offset: size = round(extent between corner centres + 1), half to even; the origin is
/// the corner that is smallest along every new axis, else the centres of both grids meet.
Grid grid_for(const Image& image, const Affine& in, Affine out, bool scale_extent) {
  const Affine relative = solve(out, in);
  const double outer = scale_extent ? 0.5 : 0;
  std::array<Point, 8> corners{}, placed{};
  for (int c = 0; c < 8; ++c) {
    for (int a = 0; a < 3; ++a)
      corners[c][a] =
          ((c >> (2 - a)) & 1) ? static_cast<double>(image.shape[a + 1]) - (1 - outer) : 0.0 - outer;
    placed[c] = transform(relative, corners[c]);
  }
  Grid grid;
  Point lowest = placed[0], highest = placed[0];
  for (const Point& p : placed) {
    for (int a = 0; a < 3; ++a) {
      lowest[a] = std::min(lowest[a], p[a]);
      highest[a] = std::max(highest[a], p[a]);
    }
  }
  for (int a = 0; a < 3; ++a) grid.size[a] = voxels_in(highest[a] - lowest[a] + (scale_extent ? 0.0 : 1.0));
  const auto is_lowest = [&](const Point& p) {
    return std::abs(lowest[0] - p[0]) <= 1e-8 && std::abs(lowest[1] - p[1]) <= 1e-8 &&
           std::abs(lowest[2] - p[2]) <= 1e-8;
  };
  const auto corner = std::find_if(placed.begin(), placed.end(), is_lowest);
  Point origin{};
  if (corner != placed.end()) {
    origin = transform(in, corners[static_cast<std::size_t>(corner - placed.begin())]);
  } else {
    const Point half_in{image.shape[1] / 2.0, image.shape[2] / 2.0, image.shape[3] / 2.0};
    const Point half_out{grid.size[0] / 2.0, grid.size[1] / 2.0, grid.size[2] / 2.0};
    const Point a = transform(in, half_in);
    const Point b = transform(out, half_out);
    for (int row = 0; row < 3; ++row) origin[row] = a[row] - b[row];
  }
  if (scale_extent) origin = with_scaled_extent(origin, image, in, grid);
  for (int row = 0; row < 3; ++row) out.m[row][3] = origin[row];
  grid.affine = out;
  return grid;
}

bool all_close(const Affine& a, const Affine& b) {
  for (int row = 0; row < 4; ++row) {
    for (int c = 0; c < 4; ++c) {
      if (std::abs(a.m[row][c] - b.m[row][c]) > affine_tolerance + 1e-5 * std::abs(b.m[row][c])) return false;
    }
  }
  return true;
}

/// With align_corners torch puts a single output voxel at index 0.5, and reads a single input voxel at 0.
Affine as_grid_sample(Affine mapping, const Image& image, const std::array<std::int64_t, 3>& size) {
  for (int a = 0; a < image.dims; ++a) {
    if (size[a] != 1) continue;
    for (int row = 0; row < 3; ++row) mapping.m[row][3] += 0.5 * mapping.m[row][a];
  }
  for (int row = 0; row < image.dims; ++row) {
    if (image.shape[row + 1] == 1) mapping.m[row] = {0, 0, 0, 0};
  }
  return mapping;
}

/// True when each input index depends on its own output index only (to a billionth of a voxel).
bool is_axis_aligned(const Affine& mapping, const std::array<std::int64_t, 3>& size) {
  for (int row = 0; row < 3; ++row) {
    for (int a = 0; a < 3; ++a) {
      if (row != a && std::abs(mapping.m[row][a]) * static_cast<double>(size[a]) > 1e-9) return false;
    }
  }
  return true;
}

Image sample_grid(const Image& image, const Affine& mapping, const std::array<std::int64_t, 3>& size,
                  const Sampling& s) {
  // Reflection at the centres of the outer voxels, when these are the corners.
  const bool mirrored = s.align_corners && s.padding_mode == step::SamplePadding::reflection;
  const step::SamplePadding padding = mirrored ? step::SamplePadding::mirror : s.padding_mode;
  if (!is_axis_aligned(mapping, size)) return sample_affine(image, mapping, size, s.mode, padding);
  std::array<AxisTaps, 3> axes;
  for (int a = 0; a < 3; ++a) {
    axes[a].taps = s.mode == step::SampleMode::nearest ? 1 : 2;
    for (std::int64_t o = 0; o < size[a]; ++o)
      add_sample_taps(axes[a], mapping.m[a][a] * static_cast<double>(o) + mapping.m[a][3], image.shape[a + 1],
                      s.mode, padding);
  }
  return sample_separable(image, axes);
}

Image sample(const Image& image, const Affine& mapping, const std::array<std::int64_t, 3>& size,
             const Sampling& s) {
  require_allocatable({image.shape[0], size[0], size[1], size[2]});
  if (s.mode >= step::SampleMode::spline0) {
    const int order = s.mode == step::SampleMode::spline0 ? 0 : s.mode == step::SampleMode::spline1 ? 1 : 3;
    return sample_spline(image, s.align_corners ? with_aligned_corners(mapping, image, size) : mapping, size,
                         order, s.padding_mode);
  }
  return sample_grid(image, s.align_corners ? as_grid_sample(mapping, image, size) : mapping, size, s);
}

/// MONAI's to_affine_nd(2, affine): the plane's own two rows and columns.
Affine in_plane(const Affine& affine) {
  Affine plane;
  for (int row = 0; row < 2; ++row) plane.m[row] = {affine.m[row][0], affine.m[row][1], 0, affine.m[row][3]};
  return plane;
}

}  // namespace

void resample_to(Image& image, const Affine& in, const Affine& out, const std::array<std::int64_t, 3>& size,
                 const Sampling& s) {
  const Affine mapping = solve(in, out);
  if (size == spatial_size(image) && (all_close(in, out) || all_close(mapping, Affine{}))) return;
  image = sample(image, mapping, size, s);
  move_affine(image, mapping);
}

void match(Image& image, const Image& target, const step::ResampleToMatch& s) {
  if (image.dims != target.dims)
    throw Error(Reason::prepare,
                fmt::format("the image has {} spatial axes, {} has {}", image.dims, s.key_dst, target.dims));
  const bool is_plane = image.dims == 2;
  resample_to(image, is_plane ? in_plane(image.ras) : image.ras, is_plane ? in_plane(target.ras) : target.ras,
              {target.shape[1], target.shape[2], target.shape[3]}, {s.mode, s.padding_mode, s.align_corners});
  image.ras = target.ras;
  image.axes = target.axes;
}

void apply(Image& image, const step::Spacing& s) {
  require_orthogonal(image);
  if (s.diagonal && image.dims == 2) throw Error(Reason::prepare, "diagonal is for volumes");
  const Affine in = working_affine(image);
  const Affine out = zoomed(in, wanted_spacing(in, image.dims, s), s.diagonal);
  const Grid grid = grid_for(image, in, out, s.scale_extent);
  const Affine recomputed = scaling(image, grid.size, s.align_corners);
  resample_to(image, in, grid.affine, grid.size, {s.mode, s.padding_mode, s.align_corners});
  if (s.recompute_affine) image.ras = recomputed;
}

}  // namespace radbatch::prepare_detail
