#include "radbatch/volume/regrid.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

constexpr double MAX_GROWTH = 8;

Vector3 column_of(const Affine& lps, std::size_t axis) {
  return {lps.m[0][axis], lps.m[1][axis], lps.m[2][axis]};
}
double dot(const Vector3& a, const Vector3& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
Vector3 unit(const Vector3& a) {
  const double length = std::sqrt(dot(a, a));
  return {a[0] / length, a[1] / length, a[2] / length};
}

/// Where a slice lies from the first one: in pixels along i and j, in mm along the normal.
struct Offset {
  double i = 0, j = 0, z = 0;
};

/// A slice of the output between two of the input.
struct Blend {
  std::size_t below = 0;
  double weight = 0;  ///< of the slice above
  Offset at;
};

class Regrid {
 public:
  Regrid(const Volume& volume, std::span<const Vector3> positions, const GridFix& fix)
      : volume_(volume),
        fix_(fix),
        row_(unit(column_of(volume.lps, 0))),
        down_(unit(column_of(volume.lps, 1))) {
    normal_ = {row_[1] * down_[2] - row_[2] * down_[1], row_[2] * down_[0] - row_[0] * down_[2],
               row_[0] * down_[1] - row_[1] * down_[0]};
    for (const Vector3& p : positions) {
      const Vector3 d{p[0] - positions[0][0], p[1] - positions[0][1], p[2] - positions[0][2]};
      slices_.push_back(
          {dot(d, row_) / volume.lps.spacing(0), dot(d, down_) / volume.lps.spacing(1), dot(d, normal_)});
    }
    plan_slices();
    plan_extent();
  }

  Volume run(std::uint64_t max_bytes) const {
    const auto n = static_cast<std::int64_t>(planned_.size());
    const double bytes = static_cast<double>(size_[0]) * static_cast<double>(size_[1]) *
                         static_cast<double>(n * volume_.frames * volume_.channels) *
                         static_cast<double>(bytes_per_sample(volume_.type));
    if (bytes > static_cast<double>(max_bytes)) {
      throw Error(Reason::too_large, "the image on an even grid needs " + human_bytes(bytes) + ", " +
                                         human_bytes(static_cast<double>(max_bytes)) + " allowed");
    }
    Volume out = make_volume({size_[0], size_[1], n}, volume_.channels, volume_.frames, volume_.type);
    out.dims = volume_.dims;
    out.has_geometry = volume_.has_geometry;
    out.lps = grid();
    switch (volume_.type) {
      case SampleType::uint8:
        fill<std::uint8_t>(out);
        break;
      case SampleType::int16:
        fill<std::int16_t>(out);
        break;
      case SampleType::uint16:
        fill<std::uint16_t>(out);
        break;
      case SampleType::int32:
        fill<std::int32_t>(out);
        break;
      case SampleType::float32:
        fill<float>(out);
        break;
    }
    return out;
  }

 private:
  void plan_slices() {
    if (!fix_.even) {
      for (std::size_t k = 0; k < slices_.size(); ++k) planned_.push_back({k, 0, slices_[k]});
      return;
    }
    const double whole = slices_.back().z, wanted = common_step();
    const double n_steps = wanted > 0 ? std::max(std::round(whole / wanted), 1.0) : INFINITY;
    if (!(n_steps < MAX_GROWTH * static_cast<double>(slices_.size()))) {
      throw Error(Reason::slice_gap, "a step between slices of " + std::to_string(wanted) +
                                         " mm is too small for an even grid over " + std::to_string(whole) +
                                         " mm");
    }
    const Offset& last = slices_.back();
    for (double step = 0; step <= n_steps; ++step) {
      const double part = step / n_steps, z = part * whole;
      std::size_t below = 0;
      while (below + 2 < slices_.size() && slices_[below + 1].z <= z) ++below;
      const double gap = slices_[below + 1].z - slices_[below].z;
      const double weight = std::clamp((z - slices_[below].z) / gap, 0.0, 1.0);
      planned_.push_back({below, weight, {part * last.i, part * last.j, z}});
    }
  }

  /// The finest step that is no single odd one: a tenth of the steps are at most that long.
  double common_step() const {
    std::vector<double> steps;
    for (std::size_t k = 1; k < slices_.size(); ++k) steps.push_back(slices_[k].z - slices_[k - 1].z);
    std::ranges::sort(steps);
    return steps[steps.size() / 10];
  }

  /// A de-sheared image begins where the first of its slices begins and ends where the last of them ends.
  void plan_extent() {
    size_ = {volume_.size[0], volume_.size[1]};
    if (!fix_.deshear) return;
    // Shifts that are noise of the header must not add a row.
    const auto whole = [](double low, double high) {
      return std::pair(static_cast<std::int64_t>(std::floor(low + 0.01)),
                       static_cast<std::int64_t>(std::ceil(high - 0.01)));
    };
    const auto [i0, i1] = std::ranges::minmax(slices_, {}, &Offset::i);
    const auto [j0, j1] = std::ranges::minmax(slices_, {}, &Offset::j);
    const auto [left, right] = whole(i0.i, i1.i);
    const auto [top, bottom] = whole(j0.j, j1.j);
    size_ = {volume_.size[0] + right - left, volume_.size[1] + bottom - top};
    origin_ = {static_cast<double>(left), static_cast<double>(top), 0};
  }

  Offset begin_of(const Blend& slice) const { return fix_.deshear ? origin_ : slice.at; }

  Affine grid() const {
    Affine lps = volume_.lps;
    const double n_steps = static_cast<double>(std::max<std::size_t>(planned_.size() - 1, 1));
    const Offset& last = slices_.back();
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double along = normal_[axis] * last.z;
      const double shear =
          fix_.deshear ? 0 : volume_.lps.m[axis][0] * last.i + volume_.lps.m[axis][1] * last.j;
      lps.m[axis][2] = (along + shear) / n_steps;
      lps.m[axis][3] += volume_.lps.m[axis][0] * origin_.i + volume_.lps.m[axis][1] * origin_.j;
    }
    return rounded_to_float32(lps);
  }

  template <class T>
  void fill(Volume& out) const {
    const auto in_time = static_cast<std::size_t>(volume_.voxels() * volume_.channels);
    const auto out_time = static_cast<std::size_t>(out.voxels() * out.channels);
    for (std::size_t t = 0; t < static_cast<std::size_t>(volume_.frames); ++t) {
      const std::span<const T> from = volume_.samples.as<T>().subspan(t * in_time, in_time);
      T* to = out.samples.as<T>().data() + t * out_time;
      const double outside = static_cast<double>(*std::ranges::min_element(from));
      for (const Blend& slice : planned_) to = fill_slice(from, slice, outside, to);
    }
  }

  template <class T>
  T* fill_slice(std::span<const T> from, const Blend& slice, double outside, T* to) const {
    const Offset begin = begin_of(slice);
    for (std::int64_t j = 0; j < size_[1]; ++j) {
      for (std::int64_t i = 0; i < size_[0]; ++i) {
        const double x = begin.i + static_cast<double>(i), y = begin.j + static_cast<double>(j);
        for (std::int64_t c = 0; c < volume_.channels; ++c) {
          double value = value_at(from, slice.below, x, y, c, outside);
          if (slice.weight > 0) {
            value += slice.weight * (value_at(from, slice.below + 1, x, y, c, outside) - value);
          }
          *to++ = std::is_integral_v<T> ? static_cast<T>(std::nearbyint(value)) : static_cast<T>(value);
        }
      }
    }
    return to;
  }

  /// Bilinear in slice k, at (x, y) in pixels of the first slice.
  template <class T>
  double value_at(std::span<const T> from, std::size_t k, double x, double y, std::int64_t c,
                  double outside) const {
    const double i = snapped(x - slices_[k].i), j = snapped(y - slices_[k].j);
    const auto i0 = static_cast<std::int64_t>(std::floor(i)), j0 = static_cast<std::int64_t>(std::floor(j));
    const double u = i - static_cast<double>(i0), v = j - static_cast<double>(j0);
    const std::int64_t i1 = u > 0 ? i0 + 1 : i0, j1 = v > 0 ? j0 + 1 : j0;
    if (i0 < 0 || j0 < 0 || i1 >= volume_.size[0] || j1 >= volume_.size[1]) return outside;
    const auto stored = [&](std::int64_t column, std::int64_t row) {
      const std::int64_t pixel =
          column + volume_.size[0] * (row + volume_.size[1] * static_cast<std::int64_t>(k));
      return static_cast<double>(from[static_cast<std::size_t>(pixel * volume_.channels + c)]);
    };
    return (1 - v) * ((1 - u) * stored(i0, j0) + u * stored(i1, j0)) +
           v * ((1 - u) * stored(i0, j1) + u * stored(i1, j1));
  }

  /// A whole number of pixels up to the noise of headers needs no interpolation.
  static double snapped(double x) {
    const double whole = std::nearbyint(x);
    return std::abs(x - whole) < 1e-3 ? whole : x;
  }

  const Volume& volume_;
  GridFix fix_;
  Vector3 row_, down_, normal_{};
  std::vector<Offset> slices_;
  std::vector<Blend> planned_;
  std::array<std::int64_t, 2> size_{};
  Offset origin_;
};

}  // namespace

Volume regrid(const Volume& volume, std::span<const Vector3> positions, const GridFix& fix,
              std::uint64_t max_bytes) {
  if (positions.size() != static_cast<std::size_t>(volume.size[2]) || positions.size() < 2) {
    throw Error(ExitCode::internal, "a stack of " + std::to_string(volume.size[2]) + " slices has " +
                                        std::to_string(positions.size()) + " positions");
  }
  return Regrid(volume, positions, fix).run(max_bytes);
}

}  // namespace radbatch
