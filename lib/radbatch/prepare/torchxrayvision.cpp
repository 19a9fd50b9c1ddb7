// TorchXRayVision's steps on radiographs of (channel, row, column).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/interpolate.hpp"
#include "radbatch/prepare/resample.hpp"
#include "radbatch/prepare/smooth.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

/// scipy.ndimage.zoom of order 1 with grid_mode and mode "grid-constant": zeros around the image.
AxisTaps zoom_taps(std::int64_t n, std::int64_t size) {
  const double ratio = static_cast<double>(n) / static_cast<double>(size);
  AxisTaps taps{2, {}, {}};
  for (std::int64_t o = 0; o < size; ++o) {
    const double at = (static_cast<double>(o) + 0.5) * ratio - 0.5;
    const double below = std::floor(at);
    for (int t = 0; t < 2; ++t) {
      const std::int64_t index = static_cast<std::int64_t>(below) + t;
      const bool inside = index >= 0 && index < n;
      const double upper = at - below;
      taps.add(inside ? index : 0, !inside ? 0 : t == 0 ? 1 - upper : upper);
    }
  }
  return taps;
}

struct Range {
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
};

Range range_of(const Image& image) {
  Range range;
  for_each_value(image, [&](float v) {
    range.low = std::min(range.low, v);
    range.high = std::max(range.high, v);
  });
  return range;
}

/// skimage's clip to the range before, widened to 0 where the zeros around the image have come in.
void clip_to(Image& image, Range before) {
  const Range after = range_of(image);
  const bool has_zero = before.low <= 0 && 0 <= before.high;
  if (!has_zero && after.low <= 0 && 0 <= after.high) {
    before.low = std::min(before.low, 0.0f);
    before.high = std::max(before.high, 0.0f);
  }
  own_values(image);
  change_values(image, [&](float v) { return std::clamp(v, before.low, before.high); });
}

}  // namespace

void apply(Image& image, const step::XRayCenterCrop&) {
  require_rows_first(image);
  const std::int64_t side = std::min(image.shape[1], image.shape[2]);
  crop_to(image, {side, side, 1});
}

// skimage.transform.resize(image, (1, size, size), mode="constant", preserve_range=True): order 1, Gaussian
// smoothing where an axis shrinks.
void apply(Image& image, const step::XRayResizer& s) {
  require_rows_first(image);
  if (image.shape[0] != 1)
    throw Error(Reason::channels,
                fmt::format("XRayResizer takes 1 channel, the image has {}", image.shape[0]));
  const Extent size{s.size, s.size, 1};
  require_allocatable({1, s.size, s.size, 1});
  const Affine step = scaling(image, size, false);
  const Range before = range_of(image);
  std::vector<double> sigma;
  for (int a = 0; a < 2; ++a) {
    const double factor = static_cast<double>(image.shape[a + 1]) / static_cast<double>(s.size);
    sigma.push_back(std::max((factor - 1) / 2, 0.0));
  }
  smooth(image, sigma, sampled_gaussian);
  if (size != spatial_size(image))
    image = sample_separable(
        image, {zoom_taps(image.shape[1], s.size), zoom_taps(image.shape[2], s.size), identity_taps(1)});
  clip_to(image, before);
  move_affine(image, step);
}

}  // namespace radbatch::prepare_detail
