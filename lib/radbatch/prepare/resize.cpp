// Resize and Zoom: torch's interpolate, for Resize after MONAI's Gaussian smoothing where that is asked for.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/interpolate.hpp"
#include "radbatch/prepare/smooth.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

void require_voxels(const Image& image, const Extent& size, const std::string& what) {
  if (*std::min_element(size.begin(), size.end()) < 1)
    throw Error(Reason::prepare,
                fmt::format("an axis of {} would have no voxel left {}", canonical(shape_json(image)), what));
}

Extent wanted_size(const Image& image, const step::Resize& s) {
  if (s.size_mode == step::SizeMode::all) return sizes_for(image, s.spatial_size, "spatial_size");
  const std::int64_t longest = std::max({image.shape[1], image.shape[2], image.shape[3]});
  const double scale = static_cast<double>(s.spatial_size[0]) / static_cast<double>(longest);
  Extent size{1, 1, 1};
  for (int a = 0; a < image.dims; ++a)
    size[a] = static_cast<std::int64_t>(std::nearbyint(static_cast<double>(image.shape[a + 1]) * scale));
  require_voxels(image, size, fmt::format("when the longest has {}", s.spatial_size[0]));
  return size;
}

/// Standard deviations in voxels on the axes that shrink, 0 on the others: by default skimage's (n/m - 1)
/// / 2.
std::vector<double> smoothing(const Image& image, const Extent& size, const step::Resize& s) {
  if (!s.anti_aliasing_sigma.empty())
    require_values(image, s.anti_aliasing_sigma.size(), "anti_aliasing_sigma");
  std::vector<double> sigma;
  for (int a = 0; a < image.dims; ++a) {
    const float factor = static_cast<float>(image.shape[a + 1]) / static_cast<float>(size[a]);
    const double given =
        s.anti_aliasing_sigma.empty() ? (factor - 1) / 2 : value_at(s.anti_aliasing_sigma, a);
    sigma.push_back(factor > 1 ? given : 0);
  }
  return sigma;
}

Extent zoomed_size(const Image& image, const step::Zoom& s) {
  require_values(image, s.zoom.size(), "zoom");
  Extent size = spatial_size(image);
  for (int a = 0; a < image.dims; ++a) {
    const double wanted = std::floor(static_cast<double>(size[a]) * value_at(s.zoom, a));
    size[a] = static_cast<std::int64_t>(std::min(wanted, 1e12));
  }
  require_voxels(image, size, "after this zoom");
  return size;
}

}  // namespace

void apply(Image& image, const step::Resize& s) {
  const Extent size = wanted_size(image, s);
  if (size == spatial_size(image)) return;
  Interpolation how{s.mode, s.align_corners.value_or(false), s.dtype};
  const Affine step = scaling(image, size, how.align_corners);
  const bool shrinks = size[0] < image.shape[1] || size[1] < image.shape[2] || size[2] < image.shape[3];
  if (s.anti_aliasing && shrinks) {
    smooth(image, smoothing(image, size, s), erf_gaussian);
    how.dtype = step::DataType::float32;  // MONAI's filter gives float32, whatever came in
  }
  image = interpolate(image, size, how);
  move_affine(image, step);
}

void apply(Image& image, const step::Zoom& s) {
  const Extent before = spatial_size(image);
  const Extent size = zoomed_size(image, s);
  const Interpolation how{s.mode, s.align_corners.value_or(false), s.dtype};
  const Affine step = scaling(image, size, how.align_corners);
  image = interpolate(image, size, how);
  move_affine(image, step);
  if (!s.keep_size) return;
  crop_to(image, before);
  pad_to(image, before, step::PadMethod::symmetric, s.padding_mode, s.value);
}

}  // namespace radbatch::prepare_detail
