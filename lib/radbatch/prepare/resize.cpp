// torch.nn.functional.interpolate, in its own arithmetic: scales and weights are float32, since at 512 voxels
// their rounding moves a sample by more than the tolerance of the golden files.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/resample.hpp"
#include "radbatch/prepare/steps.hpp"

namespace radbatch::prepare_detail {
namespace {

/// torch's area_pixel_compute_scale.
float input_per_output(std::int64_t n, std::int64_t size, bool align_corners) {
  if (!align_corners) return static_cast<float>(n) / static_cast<float>(size);
  return size > 1 ? static_cast<float>(n - 1) / static_cast<float>(size - 1) : 0.0f;
}

/// torch's area_pixel_compute_source_index, before it is kept from being negative.
float source_index(float scale, std::int64_t at, bool align_corners) {
  const auto x = static_cast<float>(at);
  return align_corners ? scale * x : scale * (x + 0.5f) - 0.5f;
}

AxisTaps nearest_taps(std::int64_t n, std::int64_t size, bool exact) {
  const float scale = input_per_output(n, size, false);
  AxisTaps taps;
  for (std::int64_t o = 0; o < size; ++o) {
    const float at =
        exact ? std::max(source_index(scale, o, false), 0.0f) + 0.5f : scale * static_cast<float>(o);
    taps.add(std::min(static_cast<std::int64_t>(std::floor(at)), n - 1), 1);
  }
  return taps;
}

AxisTaps linear_taps(std::int64_t n, std::int64_t size, bool align_corners) {
  const float scale = input_per_output(n, size, align_corners);
  AxisTaps taps{2, {}, {}};
  for (std::int64_t o = 0; o < size; ++o) {
    const float at = std::max(source_index(scale, o, align_corners), 0.0f);
    const std::int64_t below = std::min(static_cast<std::int64_t>(at), n - 1);
    const float upper = std::clamp(at - static_cast<float>(below), 0.0f, 1.0f);
    taps.add(below, 1.0f - upper);
    taps.add(std::min(below + 1, n - 1), upper);
  }
  return taps;
}

/// Keys' cubic convolution with a = -0.75; fused, as in torch's kernels on any machine with FMA, because the
/// terms cancel and the rounding shows.
float cubic_near(float x) {
  return std::fma(std::fma(1.25f, x, -2.25f) * x, x, 1.0f);
}
float cubic_far(float x) {
  return std::fma(std::fma(std::fma(-0.75f, x, 3.75f), x, -6.0f), x, 3.0f);
}

AxisTaps cubic_taps(std::int64_t n, std::int64_t size, bool align_corners) {
  const float scale = input_per_output(n, size, align_corners);
  AxisTaps taps{4, {}, {}};
  for (std::int64_t o = 0; o < size; ++o) {
    const float at = source_index(scale, o, align_corners);
    const auto below = std::min(static_cast<std::int64_t>(std::floor(at)), n - 1);
    const float t = std::clamp(at - static_cast<float>(below), 0.0f, 1.0f);
    const std::array<float, 4> weights{cubic_far(t + 1), cubic_near(t), cubic_near(1 - t), cubic_far(2 - t)};
    for (int tap = 0; tap < 4; ++tap)
      taps.add(std::clamp<std::int64_t>(below + tap - 1, 0, n - 1), weights[static_cast<std::size_t>(tap)]);
  }
  return taps;
}

AxisTaps taps_for(const step::Resize& s, std::int64_t n, std::int64_t size) {
  const bool align_corners = s.align_corners.value_or(false);
  switch (s.mode) {
    case step::ResizeMode::nearest:
      return nearest_taps(n, size, false);
    case step::ResizeMode::nearest_exact:
      return nearest_taps(n, size, true);
    case step::ResizeMode::bicubic:
      return cubic_taps(n, size, align_corners);
    default:
      return linear_taps(n, size, align_corners);
  }
}

/// The input voxels that an output voxel of adaptive average pooling covers, even partly.
struct Window {
  std::int64_t begin, end;
};

std::vector<Window> windows(std::int64_t n, std::int64_t size) {
  std::vector<Window> all;
  for (std::int64_t o = 0; o < size; ++o) all.push_back({o * n / size, ((o + 1) * n + size - 1) / size});
  return all;
}

/// Mean over a box: a float32 sum in index order, divided axis by axis, as torch does.
float mean_of(const float* source, const Image& image, const Window& i, const Window& j, const Window& k) {
  float sum = 0;
  for (std::int64_t x = i.begin; x < i.end; ++x) {
    for (std::int64_t y = j.begin; y < j.end; ++y) {
      const float* line = source + x * image.strides[1] + y * image.strides[2];
      for (std::int64_t z = k.begin; z < k.end; ++z) sum += line[z * image.strides[3]];
    }
  }
  return sum / static_cast<float>(i.end - i.begin) / static_cast<float>(j.end - j.begin) /
         static_cast<float>(k.end - k.begin);
}

Image average(const Image& image, const std::array<std::int64_t, 3>& size) {
  Image out = empty_like(image, {image.shape[0], size[0], size[1], size[2]});
  if (!image.has_values) return out;
  const std::vector<Window> wi = windows(image.shape[1], size[0]);
  const std::vector<Window> wj = windows(image.shape[2], size[1]);
  const std::vector<Window> wk = windows(image.shape[3], size[2]);
  for (std::int64_t c = 0; c < image.shape[0]; ++c) {
    const float* source = image.data() + c * image.strides[0];
    for (std::int64_t k = 0; k < size[2]; ++k) {
      for (std::int64_t j = 0; j < size[1]; ++j) {
        for (std::int64_t i = 0; i < size[0]; ++i)
          out.data()[c * out.strides[0] + i * out.strides[1] + j * out.strides[2] + k * out.strides[3]] =
              mean_of(source, image, wi[i], wj[j], wk[k]);
      }
    }
  }
  return out;
}

/// MONAI's scale_affine: new index -> old index.
Affine scaling(const Image& image, const std::array<std::int64_t, 3>& size, bool align_corners) {
  Affine affine;
  for (int a = 0; a < 3; ++a) {
    const auto n = static_cast<double>(image.shape[a + 1]);
    const auto m = static_cast<double>(size[a]);
    double& scale = affine.m[a][a];
    scale = align_corners ? (m == 1 ? 0.0 : (n - 1) / (m - 1)) : n / m;
    affine.m[a][3] = align_corners ? 0.0 : (scale - 1) / 2;
    if (a >= image.dims) scale = 1;
  }
  return affine;
}

std::array<std::int64_t, 3> wanted_size(const Image& image, const step::Resize& s) {
  if (s.size_mode == step::SizeMode::all) return sizes_for(image, s.spatial_size, "spatial_size");
  const std::int64_t longest = std::max({image.shape[1], image.shape[2], image.shape[3]});
  const double scale = static_cast<double>(s.spatial_size[0]) / static_cast<double>(longest);
  std::array<std::int64_t, 3> size{1, 1, 1};
  for (int a = 0; a < image.dims; ++a)
    size[a] = static_cast<std::int64_t>(std::nearbyint(static_cast<double>(image.shape[a + 1]) * scale));
  if (*std::min_element(size.begin(), size.end()) < 1)
    throw Error(Reason::prepare,
                fmt::format("an axis would have no voxel left when the longest has {}", s.spatial_size[0]));
  return size;
}

}  // namespace

void apply(Image& image, const step::Resize& s) {
  const std::array<std::int64_t, 3> size = wanted_size(image, s);
  if (size == std::array{image.shape[1], image.shape[2], image.shape[3]}) return;
  if (s.mode == step::ResizeMode::bicubic && image.dims == 3)
    throw Error(Reason::prepare, "mode bicubic is for 2-D images");
  const Affine step = scaling(image, size, s.align_corners.value_or(false));
  if (s.mode == step::ResizeMode::area) {
    image = average(image, size);
  } else {
    std::array<AxisTaps, 3> axes;
    for (int a = 0; a < 3; ++a)
      axes[a] = a < image.dims ? taps_for(s, image.shape[a + 1], size[a]) : identity_taps(image.shape[a + 1]);
    image = sample_separable(image, axes);
  }
  move_affine(image, step);
}

}  // namespace radbatch::prepare_detail
