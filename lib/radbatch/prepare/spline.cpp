#include "radbatch/prepare/spline.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace radbatch::prepare_detail {
namespace {

using Padding = step::SamplePadding;

/// Voxels that scipy repeats around the image before it filters, where the filter has no exact form at the
/// border.
constexpr std::int64_t prepad = 12;

/// B-spline coefficients of one channel; with `margin` voxels around it.
struct Coefficients {
  Extent size{};
  std::int64_t margin = 0;
  std::vector<double> values;  ///< k fastest
};

// ---- the prefilter: Unser, Aldroubi, Eden 1991; a recursion to and fro with the pole of the cubic B-spline
// ----

const double pole = std::sqrt(3.0) - 2.0;

using Line = std::vector<double>;

/// The value before the first one, summed over the line as it goes on beyond its ends.
double causal_start(const Line& c, Padding padding) {
  const auto n = c.size();
  double power = pole;
  double sum = 0;
  if (padding == Padding::grid_wrap) {
    for (std::size_t i = 1; i < n; ++i, power *= pole) sum += power * c[n - i];
    return (c[0] + sum) / (1 - power);
  }
  if (padding == Padding::reflection || padding == Padding::border) {
    const double last = std::pow(pole, static_cast<double>(n));
    sum = c[0] + last * c[n - 1];
    for (std::size_t i = 1; i < n; ++i, power *= pole) sum += power * (c[i] + last * c[n - 1 - i]);
    return sum * pole / (1 - last * last) + c[0];
  }
  const double last = std::pow(pole, static_cast<double>(n - 1));
  sum = c[0] + last * c[n - 1];
  for (std::size_t i = 1; i + 1 < n; ++i, power *= pole) sum += power * (c[i] + last * c[n - 1 - i]);
  return sum / (1 - last * last);
}

double anticausal_start(const Line& c, Padding padding) {
  const auto n = c.size();
  if (padding == Padding::grid_wrap) {
    double power = pole;
    double sum = c[n - 1];
    for (std::size_t i = 0; i + 1 < n; ++i, power *= pole) sum += power * c[i];
    return sum * pole / (power - 1);
  }
  if (padding == Padding::reflection || padding == Padding::border) return c[n - 1] * pole / (pole - 1);
  return (pole * c[n - 2] + c[n - 1]) * pole / (pole * pole - 1);
}

void filter_line(Line& c, Padding padding) {
  for (double& value : c) value *= (1 - pole) * (1 - 1 / pole);
  c[0] = causal_start(c, padding);
  for (std::size_t i = 1; i < c.size(); ++i) c[i] += pole * c[i - 1];
  c.back() = anticausal_start(c, padding);
  for (std::size_t i = c.size() - 1; i-- > 0;) c[i] = pole * (c[i + 1] - c[i]);
}

void filter_axis(Coefficients& all, int axis, Padding padding) {
  const std::array<std::int64_t, 3> stride{all.size[1] * all.size[2], all.size[2], 1};
  const std::int64_t n = all.size[axis];
  if (n < 2) return;
  const int b = axis == 0 ? 1 : 0, c = axis == 2 ? 1 : 2;
  Line line(static_cast<std::size_t>(n));
  for (std::int64_t x = 0; x < all.size[b]; ++x) {
    for (std::int64_t y = 0; y < all.size[c]; ++y) {
      double* start = all.values.data() + x * stride[b] + y * stride[c];
      for (std::int64_t i = 0; i < n; ++i) line[static_cast<std::size_t>(i)] = start[i * stride[axis]];
      filter_line(line, padding);
      for (std::int64_t i = 0; i < n; ++i) start[i * stride[axis]] = line[static_cast<std::size_t>(i)];
    }
  }
}

Coefficients coefficients(Image channel, int order, Padding padding) {
  Coefficients all;
  const bool around = order > 1 && (padding == Padding::border || padding == Padding::grid_constant);
  if (around) {
    all.margin = prepad;
    const Extent width{prepad, prepad, channel.dims == 3 ? prepad : 0};
    pad(channel, width, width, padding == Padding::border ? step::PadMode::edge : step::PadMode::constant, 0);
  }
  all.size = spatial_size(channel);
  std::vector<float> values(static_cast<std::size_t>(channel.count()));
  copy_to_c_order(channel, values.data());
  all.values.assign(values.begin(), values.end());
  for (int a = 0; order > 1 && a < channel.dims; ++a) filter_axis(all, a, padding);
  return all;
}

// ---- sampling ----

/// scipy's map_coordinate: where a coordinate outside an axis of n voxels lies inside; -1: nowhere.
double inside(double x, std::int64_t n, Padding padding) {
  const auto last = static_cast<double>(n - 1);
  if (x >= 0 && x <= last) return x;
  if (padding == Padding::zeros) return -1;
  if (padding == Padding::border) return x < 0 ? 0 : last;
  if (n <= 1) return 0;
  const auto modulo = [x](double from, double period) {
    return x - from - period * std::floor((x - from) / period);
  };
  switch (padding) {
    case Padding::mirror: {
      const double at = modulo(0, 2 * last);
      return at > last ? 2 * last - at : at;
    }
    case Padding::wrap: {
      const double at = modulo(0, last);
      return x < 0 && at == 0 ? last : at;
    }
    case Padding::grid_wrap:
      return modulo(0, last + 1);
    default: {  // reflection
      const double at = modulo(-0.5, 2 * last + 2);
      return std::min(at, 2 * last + 2 - at) - 0.5;
    }
  }
}

/// The weights of a B-spline of this order at the voxels around a position.
struct Taps {
  int count = 1;
  std::array<std::int64_t, 4> index{};
  std::array<double, 4> weight{1, 0, 0, 0};
  bool nowhere = false;
};

std::array<double, 4> spline_weights(double x, int order) {
  const double y = x - std::floor(x);
  const double z = 1 - y;
  if (order == 0) return {1, 0, 0, 0};
  if (order == 1) return {z, y, 0, 0};
  const std::array<double, 3> w{z * z * z / 6, (y * y * (y - 2) * 3 + 4) / 6, (z * z * (z - 2) * 3 + 4) / 6};
  return {w[0], w[1], w[2], 1 - w[0] - w[1] - w[2]};
}

Taps taps_at(double x, std::int64_t n, std::int64_t margin, int order, Padding padding) {
  x += static_cast<double>(margin);
  // With these two the neighbours are looked at one by one instead.
  if (padding != Padding::border && padding != Padding::grid_constant) x = inside(x, n, padding);
  if (padding == Padding::zeros && x < 0) return {.nowhere = true};
  x = std::clamp(x, -1e15, 1e15);
  Taps taps{.count = order + 1, .weight = spline_weights(x, order)};
  const auto start = static_cast<std::int64_t>(std::floor(order == 0 ? x + 0.5 : x)) - order / 2;
  // The neighbours of constant and wrap are mirrored: there is no exact prefilter for these.
  const bool mirrored = padding == Padding::zeros || padding == Padding::wrap;
  for (int t = 0; t <= order; ++t) {
    const std::int64_t at = start + t;
    if (padding == Padding::grid_constant && (at < 0 || at >= n)) {
      taps.weight[t] = 0;
    } else {
      taps.index[t] =
          static_cast<std::int64_t>(inside(static_cast<double>(at), n, mirrored ? Padding::mirror : padding));
    }
  }
  return taps;
}

float sum_of(const Coefficients& all, const std::array<Taps, 3>& taps) {
  if (taps[0].nowhere || taps[1].nowhere || taps[2].nowhere) return 0;
  double sum = 0;
  for (int i = 0; i < taps[0].count; ++i) {
    for (int j = 0; j < taps[1].count; ++j) {
      const std::int64_t row = (taps[0].index[i] * all.size[1] + taps[1].index[j]) * all.size[2];
      for (int k = 0; k < taps[2].count; ++k)
        sum += all.values[static_cast<std::size_t>(row + taps[2].index[k])] * taps[0].weight[i] *
               taps[1].weight[j] * taps[2].weight[k];
    }
  }
  return static_cast<float>(sum);
}

/// The input index without the noise of its own computation: within 1e-9 of a voxel's centre or of the middle
/// between two it is there. On either side of these scipy's results differ by a whole voxel.
double clean(double x) {
  const double at = std::nearbyint(2 * x) / 2;
  return std::abs(x - at) < 1e-9 ? at : x;
}

}  // namespace

Image sample_spline(const Image& image, const Affine& mapping, const Extent& size, int order,
                    step::SamplePadding padding) {
  Image out = empty_like(image, {image.shape[0], size[0], size[1], size[2]});
  const auto& m = mapping.m;
  for (std::int64_t c = 0; c < image.shape[0]; ++c) {
    const Coefficients all = coefficients(channel_of(image, c), order, padding);
    float* target = out.data() + c * out.strides[0];
    for (std::int64_t i = 0; i < size[0]; ++i) {
      for (std::int64_t j = 0; j < size[1]; ++j) {
        for (std::int64_t k = 0; k < size[2]; ++k) {
          std::array<Taps, 3> taps;
          for (int a = 0; a < image.dims; ++a) {
            const double x = m[a][0] * static_cast<double>(i) + m[a][1] * static_cast<double>(j) +
                             m[a][2] * static_cast<double>(k) + m[a][3];
            taps[a] = taps_at(clean(x), all.size[a], all.margin, order, padding);
          }
          target[i * out.strides[1] + j * out.strides[2] + k * out.strides[3]] = sum_of(all, taps);
        }
      }
    }
  }
  return out;
}

Affine with_aligned_corners(const Affine& mapping, const Image& image, const Extent& size) {
  Affine out_stretch, in_stretch;
  for (int a = 0; a < image.dims; ++a) {
    const auto to = static_cast<double>(std::max<std::int64_t>(size[a], 2));
    const double stretch = static_cast<float>(to / (to - 1));  // MONAI's create_scale makes a float32 tensor
    out_stretch.m[a][a] = stretch;
    out_stretch.m[a][3] = (static_cast<double>(size[a]) - 1) / 2 * (1 - stretch);
    const auto from = static_cast<double>(std::max<std::int64_t>(image.shape[a + 1], 2));
    in_stretch.m[a][a] = (from - 1) / from;
    in_stretch.m[a][3] = 0.5 * (from - 1) / from;
  }
  return multiply(in_stretch, multiply(mapping, out_stretch));
}

}  // namespace radbatch::prepare_detail
