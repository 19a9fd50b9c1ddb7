#include "radbatch/engine/augment.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

/// The tensor as [outer, extent, inner] around one of its axes.
struct AxisView {
  std::size_t outer = 1, extent = 1, inner = 1;
};

AxisView view_around(std::span<const std::int64_t> shape, std::size_t axis) {
  AxisView view;
  for (std::size_t a = 0; a < shape.size(); ++a) {
    const auto extent = static_cast<std::size_t>(shape[a]);
    (a < axis ? view.outer : a == axis ? view.extent : view.inner) *= extent;
  }
  return view;
}

void flip(std::vector<float>& values, const AxisView& view) {
  const auto block = [&](std::size_t outer, std::size_t i) {
    return values.begin() + static_cast<std::ptrdiff_t>((outer * view.extent + i) * view.inner);
  };
  for (std::size_t outer = 0; outer < view.outer; ++outer) {
    for (std::size_t i = 0; i < view.extent / 2; ++i) {
      const auto first = block(outer, i);
      std::swap_ranges(first, first + static_cast<std::ptrdiff_t>(view.inner),
                       block(outer, view.extent - 1 - i));
    }
  }
}

/// Where a coordinate lies between two samples, held at the edges.
struct Between {
  std::size_t low = 0, high = 0;
  float weight = 0;  ///< of `high`
};

Between between(double at, std::size_t extent) {
  const double held = std::clamp(at, 0.0, static_cast<double>(extent - 1));
  const auto low = static_cast<std::size_t>(held);
  return {low, std::min(low + 1, extent - 1), static_cast<float>(held - static_cast<double>(low))};
}

/// Sampling of a plane [rows, columns] whose points are `inner` values wide.
class PlaneMove {
 public:
  PlaneMove(const Sight& sight, std::size_t rows, std::size_t columns, std::size_t inner)
      : rows_(rows),
        columns_(columns),
        inner_(inner),
        shift_(sight.shift_px),
        cosine_(std::cos(sight.degrees * std::numbers::pi / 180)),
        sine_(std::sin(sight.degrees * std::numbers::pi / 180)) {}

  void sample(const float* from, float* to) const {
    const double middle_row = static_cast<double>(rows_ - 1) / 2;
    const double middle_column = static_cast<double>(columns_ - 1) / 2;
    for (std::size_t r = 0; r < rows_; ++r) {
      const double row = static_cast<double>(r) - middle_row - shift_[0];
      for (std::size_t c = 0; c < columns_; ++c, to += inner_) {
        const double column = static_cast<double>(c) - middle_column - shift_[1];
        // The inverse of the rotation: where the value that lands here comes from.
        mix(from, between(cosine_ * row + sine_ * column + middle_row, rows_),
            between(cosine_ * column - sine_ * row + middle_column, columns_), to);
      }
    }
  }

 private:
  void mix(const float* from, const Between& row, const Between& column, float* to) const {
    const auto point = [&](std::size_t r, std::size_t c) { return from + (r * columns_ + c) * inner_; };
    const float* a = point(row.low, column.low);
    const float* b = point(row.low, column.high);
    const float* c = point(row.high, column.low);
    const float* d = point(row.high, column.high);
    for (std::size_t i = 0; i < inner_; ++i) {
      const float low = a[i] + column.weight * (b[i] - a[i]);
      const float high = c[i] + column.weight * (d[i] - c[i]);
      to[i] = low + row.weight * (high - low);
    }
  }

  std::size_t rows_, columns_, inner_;
  std::array<double, 2> shift_;
  double cosine_, sine_;
};

void require_axes(const TensorView& tensor, const Sight& sight) {
  const auto count =
      std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::int64_t{1}, std::multiplies<>());
  const bool fits = tensor.shape.size() >= 4 && static_cast<std::size_t>(count) == tensor.values.size();
  const bool is_spatial = std::ranges::all_of(
      sight.flipped, [&](std::size_t axis) { return axis >= 2 && axis < tensor.shape.size(); });
  if (!fits || !is_spatial)
    throw Error(ExitCode::internal, "the tensor has no axes for the sight '" + sight.name + "'");
}

}  // namespace

std::vector<float> augmented(const TensorView& tensor, const Sight& sight) {
  require_axes(tensor, sight);
  const bool is_moved = sight.degrees != 0 || sight.shift_px != std::array<double, 2>{0, 0};
  if (!is_moved || !sight.flipped.empty()) {
    std::vector<float> values(tensor.values.begin(), tensor.values.end());
    for (const std::size_t axis : sight.flipped) flip(values, view_around(tensor.shape, axis));
    if (!is_moved) return values;
    return augmented({tensor.shape, values}, {sight.name, {}, sight.degrees, sight.shift_px});
  }
  const AxisView rows = view_around(tensor.shape, 2);
  const AxisView columns = view_around(tensor.shape, 3);
  const PlaneMove move(sight, rows.extent, columns.extent, columns.inner);
  const std::size_t plane = rows.extent * rows.inner;
  std::vector<float> moved(tensor.values.size());
  for (std::size_t outer = 0; outer < rows.outer; ++outer)
    move.sample(tensor.values.data() + outer * plane, moved.data() + outer * plane);
  return moved;
}

}  // namespace radbatch
