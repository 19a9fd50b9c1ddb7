#include "radbatch/volume/stack_geometry.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <tuple>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

double dot(const Vector3& a, const Vector3& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
double length(const Vector3& a) {
  return std::sqrt(dot(a, a));
}
Vector3 minus(const Vector3& a, const Vector3& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
Vector3 times(double factor, const Vector3& a) {
  return {factor * a[0], factor * a[1], factor * a[2]};
}
Vector3 cross(const Vector3& a, const Vector3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Vector3 unit(const Vector3& a) {
  return times(1 / length(a), a);
}
double degrees(double cosine) {
  return std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / std::numbers::pi;
}

bool is_finite(const Vector3& a) {
  return std::ranges::all_of(a, [](double x) { return std::isfinite(x); });
}

void check_slice(const SliceGeometry& slice) {
  if (!is_finite(slice.position) || !is_finite(slice.row) || !is_finite(slice.column)) {
    throw Error(Reason::bad_header, "the slice position or orientation is not a finite number");
  }
  const bool are_unit = std::abs(length(slice.row) - 1) <= 0.01 && std::abs(length(slice.column) - 1) <= 0.01;
  if (!are_unit || std::abs(dot(slice.row, slice.column)) > 0.01) {
    throw Error(Reason::bad_header, "ImageOrientationPatient is not a pair of orthogonal unit vectors");
  }
  const bool is_spaced = slice.row_spacing > 0 && slice.column_spacing > 0;
  if (!is_spaced || !std::isfinite(slice.row_spacing) || !std::isfinite(slice.column_spacing)) {
    throw Error(Reason::bad_header, "PixelSpacing is not positive");
  }
}

bool is_near(const Vector3& a, const Vector3& b) {
  for (std::size_t i = 0; i < 3; ++i) {
    if (std::abs(a[i] - b[i]) > SAME_DIRECTION) return false;
  }
  return true;
}

bool shares_grid(const SliceGeometry& a, const SliceGeometry& b) {
  return a.rows == b.rows && a.columns == b.columns && is_near(a.row, b.row) && is_near(a.column, b.column) &&
         std::abs(a.row_spacing - b.row_spacing) <= SAME_SPACING * a.row_spacing &&
         std::abs(a.column_spacing - b.column_spacing) <= SAME_SPACING * a.column_spacing;
}

std::vector<std::size_t> order_along(const Vector3& normal, std::span<const SliceGeometry> slices) {
  std::vector<std::size_t> order(slices.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) {
    return std::tuple(dot(slices[i].position, normal), slices[i].instance_number);
  });
  return order;
}

void find_duplicates(StackGeometry& stack, const Vector3& normal, std::span<const SliceGeometry> slices) {
  for (std::size_t n = 1; n < stack.order.size(); ++n) {
    const std::size_t before = stack.order[n - 1], here = stack.order[n];
    if (dot(minus(slices[here].position, slices[before].position), normal) < SAME_POSITION_MM) {
      stack.duplicates.emplace_back(before, here);
    }
  }
}

/// Facts about the steps between neighbours; returns the mean step vector.
Vector3 measure_steps(StackGeometry& stack, std::span<const SliceGeometry> slices) {
  const auto position = [&](std::size_t n) { return slices[stack.order[n]].position; };
  const std::size_t n_steps = slices.size() - 1;
  const Vector3 whole = minus(position(n_steps), position(0));
  if (length(whole) < SAME_POSITION_MM) return {0, 0, 0};
  std::vector<double> lengths;
  for (std::size_t n = 0; n < n_steps; ++n) lengths.push_back(length(minus(position(n + 1), position(n))));
  std::vector<double> sorted = lengths;
  std::ranges::sort(sorted);
  const double median = sorted[n_steps / 2];
  const Vector3 expected = times(median, unit(whole));
  for (std::size_t n = 0; n < n_steps; ++n) {
    const double deviation = length(minus(minus(position(n + 1), position(n)), expected));
    stack.slice_step_dev_mm = std::max(stack.slice_step_dev_mm, deviation);
    const double ratio = median > 0 ? lengths[n] / median : 0;
    if (ratio > 1.5 && std::abs(ratio - std::round(ratio)) <= GAP_TOLERANCE) {
      stack.n_missing_slices += std::llround(ratio) - 1;
    }
  }
  stack.slice_step_mm = median;
  stack.is_uneven = stack.slice_step_dev_mm > std::max(EVEN_STEP_MM, EVEN_STEP * median);
  return times(1.0 / static_cast<double>(n_steps), whole);
}

Affine grid_of(const SliceGeometry& first, const Vector3& step) {
  // Cosines are rounded in headers, PixelSpacing is meant: the step of i is as long as it says.
  const Vector3 row = unit(first.row), column = unit(first.column);
  Affine lps;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    lps.m[axis] = {row[axis] * first.column_spacing, column[axis] * first.row_spacing, step[axis],
                   first.position[axis]};
  }
  return rounded_to_float32(lps);
}

bool is_off_axis(const Vector3& direction) {
  const double largest = std::max({std::abs(direction[0]), std::abs(direction[1]), std::abs(direction[2])});
  return degrees(largest / length(direction)) > OBLIQUE_DEGREES;
}

}  // namespace

StackGeometry solve_stack(std::span<const SliceGeometry> slices, double single_step_mm) {
  if (slices.empty()) throw Error(ExitCode::internal, "solve_stack was called without slices");
  std::ranges::for_each(slices, check_slice);
  StackGeometry stack;
  const Vector3 normal = unit(cross(slices[0].row, slices[0].column));
  for (std::size_t i = 1; i < slices.size(); ++i) {
    if (!shares_grid(slices[0], slices[i])) stack.odd_ones.push_back(i);
  }
  stack.order = order_along(normal, slices);
  find_duplicates(stack, normal, slices);
  Vector3 step = times(single_step_mm, normal);
  if (slices.size() == 1) {
    stack.slice_step_mm = single_step_mm;
  } else if (const Vector3 measured = measure_steps(stack, slices); length(measured) > 0) {
    step = measured;
    stack.tilt_degrees = degrees(dot(unit(measured), normal));
  }
  const SliceGeometry& first = slices[stack.order[0]];
  stack.lps = grid_of(first, step);
  stack.is_oblique = is_off_axis(first.row) || is_off_axis(first.column) || is_off_axis(normal);
  return stack;
}

std::string orientation_letters(const Affine& lps) {
  // Of the six ways to give each index its own patient axis, the one with the largest cosines.
  std::array<std::size_t, 3> axes{0, 1, 2}, best = axes;
  double best_sum = -1;
  const auto cosine = [&](std::size_t index, std::size_t axis) {
    const double mm = lps.spacing(static_cast<int>(index));
    return mm > 0 ? lps.m[axis][index] / mm : 0.0;
  };
  do {
    const double sum =
        std::abs(cosine(0, axes[0])) + std::abs(cosine(1, axes[1])) + std::abs(cosine(2, axes[2]));
    if (sum > best_sum + 1e-9) {
      best_sum = sum;
      best = axes;
    }
  } while (std::next_permutation(axes.begin(), axes.end()));
  std::string letters;
  for (std::size_t index = 0; index < 3; ++index) {
    letters += (cosine(index, best[index]) < 0 ? "RAI" : "LPS")[best[index]];
  }
  return letters;
}

}  // namespace radbatch
