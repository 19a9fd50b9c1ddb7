#include "radbatch/prepare/resample.hpp"

#include <algorithm>
#include <cmath>

namespace radbatch::prepare_detail {
namespace {

/// The spatial axes (1 to 3) from the slowest to the fastest in memory.
std::array<int, 3> spatial_order(const Image& image) {
  std::array<int, 3> order{};
  int at = 0;
  for (const int axis : memory_order(image)) {
    if (axis != 0) order[at++] = axis;
  }
  return order;
}

struct Row {
  std::int64_t offset;
  double weight;
};

/// The rows of the fastest axis that contribute to one output row, with their weights.
void collect_rows(std::vector<Row>& rows, const AxisTaps& slow, std::int64_t slow_at,
                  std::int64_t slow_stride, const AxisTaps& middle, std::int64_t middle_at,
                  std::int64_t middle_stride) {
  rows.clear();
  for (int s = 0; s < slow.taps; ++s) {
    const std::int64_t p = slow_at * slow.taps + s;
    for (int m = 0; m < middle.taps; ++m) {
      const std::int64_t q = middle_at * middle.taps + m;
      const double weight = slow.weight[p] * middle.weight[q];
      if (weight != 0)
        rows.push_back({slow.index[p] * slow_stride + middle.index[q] * middle_stride, weight});
    }
  }
}

template <int Taps>
void sum_row(const float* source, const std::vector<Row>& rows, const AxisTaps& fast, std::int64_t stride,
             float* target) {
  const std::int64_t n = fast.size();
  for (std::int64_t x = 0; x < n; ++x) {
    double sum = 0;
    for (const Row& row : rows) {
      double part = 0;
      for (int t = 0; t < Taps; ++t)
        part += fast.weight[x * Taps + t] * source[row.offset + fast.index[x * Taps + t] * stride];
      sum += row.weight * part;
    }
    target[x] = static_cast<float>(sum);
  }
}

/// The two neighbours of a coordinate on one axis; a weight of 0 where there is none.
struct Neighbours {
  std::array<std::int64_t, 2> index{0, 0};
  std::array<double, 2> weight{0, 0};
};

Neighbours neighbours(double coordinate, std::int64_t n, step::SampleMode mode, step::SamplePadding padding) {
  if (padding == step::SamplePadding::border)
    coordinate = std::clamp(coordinate, 0.0, static_cast<double>(n - 1));
  const bool nearest = mode == step::SampleMode::nearest;
  const double below = nearest ? std::nearbyint(coordinate) : std::floor(coordinate);
  const std::array<double, 2> by{nearest ? 1.0 : below + 1 - coordinate, nearest ? 0.0 : coordinate - below};
  Neighbours found;
  for (int t = 0; t < 2; ++t) {
    if (below + t < 0 || below + t > static_cast<double>(n - 1)) continue;
    found.index[t] = static_cast<std::int64_t>(below) + t;
    found.weight[t] = by[t];
  }
  return found;
}

}  // namespace

AxisTaps identity_taps(std::int64_t n) {
  AxisTaps taps;
  for (std::int64_t i = 0; i < n; ++i) taps.add(i, 1);
  return taps;
}

void add_sample_taps(AxisTaps& taps, double coordinate, std::int64_t n, step::SampleMode mode,
                     step::SamplePadding padding) {
  const Neighbours found = neighbours(coordinate, n, mode, padding);
  for (int t = 0; t < taps.taps; ++t) taps.add(found.index[t], found.weight[t]);
}

Image sample_separable(const Image& image, const std::array<AxisTaps, 3>& axes) {
  Image out = empty_like(image, {image.shape[0], axes[0].size(), axes[1].size(), axes[2].size()});
  if (!image.has_values) return out;
  const std::array<int, 3> o = spatial_order(image);
  const AxisTaps& slow = axes[o[0] - 1];
  const AxisTaps& middle = axes[o[1] - 1];
  const AxisTaps& fast = axes[o[2] - 1];
  auto* const sum = fast.taps == 1 ? sum_row<1> : fast.taps == 2 ? sum_row<2> : sum_row<4>;
  std::vector<Row> rows;
  std::vector<float> line(static_cast<std::size_t>(fast.size()));
  for (std::int64_t c = 0; c < image.shape[0]; ++c) {
    for (std::int64_t a = 0; a < slow.size(); ++a) {
      for (std::int64_t b = 0; b < middle.size(); ++b) {
        collect_rows(rows, slow, a, image.strides[o[0]], middle, b, image.strides[o[1]]);
        sum(image.data() + c * image.strides[0], rows, fast, image.strides[o[2]], line.data());
        float* target = out.data() + c * out.strides[0] + a * out.strides[o[0]] + b * out.strides[o[1]];
        for (std::size_t x = 0; x < line.size(); ++x)
          target[static_cast<std::int64_t>(x) * out.strides[o[2]]] = line[x];
      }
    }
  }
  return out;
}

namespace {

/// The value at fractional input indices.
float sample_at(const float* source, const Image& image, const std::array<double, 3>& at,
                step::SampleMode mode, step::SamplePadding padding) {
  std::array<Neighbours, 3> near;
  for (int a = 0; a < 3; ++a) near[a] = neighbours(at[a], image.shape[a + 1], mode, padding);
  double sum = 0;
  for (int corner = 0; corner < 8; ++corner) {
    double weight = 1;
    std::int64_t offset = 0;
    for (int a = 0; a < 3; ++a) {
      const int t = (corner >> (2 - a)) & 1;
      weight *= near[a].weight[t];
      offset += near[a].index[t] * image.strides[a + 1];
    }
    sum += weight * source[offset];
  }
  return static_cast<float>(sum);
}

}  // namespace

Image sample_affine(const Image& image, const Affine& mapping, std::array<std::int64_t, 3> size,
                    step::SampleMode mode, step::SamplePadding padding) {
  Image out = empty_like(image, {image.shape[0], size[0], size[1], size[2]});
  if (!image.has_values) return out;
  const auto& m = mapping.m;
  for (std::int64_t c = 0; c < image.shape[0]; ++c) {
    const float* source = image.data() + c * image.strides[0];
    for (std::int64_t k = 0; k < size[2]; ++k) {
      for (std::int64_t j = 0; j < size[1]; ++j) {
        for (std::int64_t i = 0; i < size[0]; ++i) {
          std::array<double, 3> at{};
          for (int a = 0; a < 3; ++a)
            at[a] = m[a][0] * static_cast<double>(i) + m[a][1] * static_cast<double>(j) +
                    m[a][2] * static_cast<double>(k) + m[a][3];
          out.data()[c * out.strides[0] + i * out.strides[1] + j * out.strides[2] + k * out.strides[3]] =
              sample_at(source, image, at, mode, padding);
        }
      }
    }
  }
  return out;
}

}  // namespace radbatch::prepare_detail
