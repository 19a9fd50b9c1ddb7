// Weights are float32 where torch's are; sums are float64 and rounded once, which stays within the tolerance
// of the golden files.
#include "radbatch/prepare/interpolate.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/fused_pending.hpp"
#include "radbatch/prepare/resample.hpp"

namespace radbatch::prepare_detail {
namespace {

/// torch's area_pixel_compute_scale.
template <class Real>
Real input_per_output(std::int64_t n, std::int64_t size, bool align_corners) {
  if (!align_corners) return static_cast<Real>(n) / static_cast<Real>(size);
  return size > 1 ? static_cast<Real>(n - 1) / static_cast<Real>(size - 1) : Real{0};
}

/// torch's area_pixel_compute_source_index, before it is kept from being negative.
template <class Real>
Real source_index(Real scale, std::int64_t at, bool align_corners) {
  const auto x = static_cast<Real>(at);
  const auto half = static_cast<Real>(0.5);
  return align_corners ? scale * x : scale * (x + half) - half;
}

template <class Real>
AxisTaps nearest_taps(std::int64_t n, std::int64_t size, bool exact) {
  const auto scale = input_per_output<Real>(n, size, false);
  AxisTaps taps;
  for (std::int64_t o = 0; o < size; ++o) {
    const Real at = exact ? std::max(source_index(scale, o, false), Real{0}) + static_cast<Real>(0.5)
                          : scale * static_cast<Real>(o);
    taps.add(std::min(static_cast<std::int64_t>(std::floor(at)), n - 1), 1);
  }
  return taps;
}

template <class Real>
AxisTaps linear_taps(std::int64_t n, std::int64_t size, bool align_corners) {
  const auto scale = input_per_output<Real>(n, size, align_corners);
  AxisTaps taps{2, {}, {}};
  for (std::int64_t o = 0; o < size; ++o) {
    const Real at = std::max(source_index(scale, o, align_corners), Real{0});
    const std::int64_t below = std::min(static_cast<std::int64_t>(at), n - 1);
    const Real upper = std::clamp(at - static_cast<Real>(below), Real{0}, Real{1});
    taps.add(below, Real{1} - upper);
    taps.add(std::min(below + 1, n - 1), upper);
  }
  return taps;
}

/// Keys' cubic convolution with a = -0.75; fused, as in torch's kernels on any machine with FMA, because the
/// terms cancel and the rounding shows.
template <class Real>
Real cubic_near(Real x) {
  return std::fma(std::fma(Real(1.25), x, Real(-2.25)) * x, x, Real(1));
}
template <class Real>
Real cubic_far(Real x) {
  return std::fma(std::fma(std::fma(Real(-0.75), x, Real(3.75)), x, Real(-6)), x, Real(3));
}

template <class Real>
AxisTaps cubic_taps(std::int64_t n, std::int64_t size, bool align_corners) {
  const auto scale = input_per_output<Real>(n, size, align_corners);
  AxisTaps taps{4, {}, {}};
  for (std::int64_t o = 0; o < size; ++o) {
    const Real at = source_index(scale, o, align_corners);
    const auto below = std::min(static_cast<std::int64_t>(std::floor(at)), n - 1);
    const Real t = std::clamp(at - static_cast<Real>(below), Real{0}, Real{1});
    const std::array<Real, 4> weights{cubic_far(t + 1), cubic_near(t), cubic_near(1 - t), cubic_far(2 - t)};
    for (int tap = 0; tap < 4; ++tap)
      taps.add(std::clamp<std::int64_t>(below + tap - 1, 0, n - 1), weights[static_cast<std::size_t>(tap)]);
  }
  return taps;
}

template <class Real>
AxisTaps taps_for(const Interpolation& how, std::int64_t n, std::int64_t size) {
  switch (how.mode) {
    case step::ResizeMode::nearest:
      return nearest_taps<Real>(n, size, false);
    case step::ResizeMode::nearest_exact:
      return nearest_taps<Real>(n, size, true);
    case step::ResizeMode::bicubic:
      return cubic_taps<Real>(n, size, how.align_corners);
    default:
      return linear_taps<Real>(n, size, how.align_corners);
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

/// Mean over a box: a sum in index order, divided axis by axis, as torch does.
template <class Real>
float mean_of(const float* source, const Image& image, const Window& i, const Window& j, const Window& k) {
  Real sum = 0;
  for (std::int64_t x = i.begin; x < i.end; ++x) {
    for (std::int64_t y = j.begin; y < j.end; ++y) {
      const float* line = source + x * image.strides[1] + y * image.strides[2];
      for (std::int64_t z = k.begin; z < k.end; ++z) sum += line[z * image.strides[3]];
    }
  }
  return static_cast<float>(sum / static_cast<Real>(i.end - i.begin) / static_cast<Real>(j.end - j.begin) /
                            static_cast<Real>(k.end - k.begin));
}

/// The same mean as a weighted sum: as many taps as the widest window has, weight 0 behind the others.
AxisTaps window_taps(std::int64_t n, std::int64_t size) {
  const std::vector<Window> all = windows(n, size);
  AxisTaps taps{1, {}, {}};
  for (const Window& w : all) taps.taps = std::max(taps.taps, static_cast<int>(w.end - w.begin));
  for (const Window& w : all) {
    for (std::int64_t t = w.begin; t < w.begin + taps.taps; ++t)
      taps.add(std::min(t, w.end - 1), t < w.end ? 1.0 / static_cast<double>(w.end - w.begin) : 0.0);
  }
  return taps;
}

template <class Real>
Image average(const Image& image, const Extent& size) {
  if (image.pending)
    return separable_later(image, {window_taps(image.shape[1], size[0]), window_taps(image.shape[2], size[1]),
                                   window_taps(image.shape[3], size[2])});
  Image out = empty_like(image, {image.shape[0], size[0], size[1], size[2]});
  const std::vector<Window> wi = windows(image.shape[1], size[0]);
  const std::vector<Window> wj = windows(image.shape[2], size[1]);
  const std::vector<Window> wk = windows(image.shape[3], size[2]);
  for (std::int64_t c = 0; c < image.shape[0]; ++c) {
    const float* source = image.data() + c * image.strides[0];
    for (std::int64_t k = 0; k < size[2]; ++k) {
      for (std::int64_t j = 0; j < size[1]; ++j) {
        for (std::int64_t i = 0; i < size[0]; ++i)
          out.data()[c * out.strides[0] + i * out.strides[1] + j * out.strides[2] + k * out.strides[3]] =
              mean_of<Real>(source, image, wi[i], wj[j], wk[k]);
      }
    }
  }
  return out;
}

template <class Real>
Image interpolate_in(const Image& image, const Extent& size, const Interpolation& how) {
  if (how.mode == step::ResizeMode::area) return average<Real>(image, size);
  std::array<AxisTaps, 3> axes;
  for (int a = 0; a < 3; ++a)
    axes[a] =
        a < image.dims ? taps_for<Real>(how, image.shape[a + 1], size[a]) : identity_taps(image.shape[a + 1]);
  return sample_separable(image, axes);
}

}  // namespace

Image interpolate(const Image& image, const Extent& size, const Interpolation& how) {
  if (how.mode == step::ResizeMode::bicubic && image.dims == 3)
    throw Error(Reason::prepare, "mode bicubic is for 2-D images");
  require_allocatable({image.shape[0], size[0], size[1], size[2]});
  return how.dtype == step::DataType::float32 ? interpolate_in<float>(image, size, how)
                                              : interpolate_in<double>(image, size, how);
}

Affine scaling(const Image& image, const Extent& size, bool align_corners) {
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

}  // namespace radbatch::prepare_detail
