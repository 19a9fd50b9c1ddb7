#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "radbatch/prepare/fused_sampling.cpp"
#include <hwy/foreach_target.h>
// After it, as Highway wants it.
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "radbatch/prepare/fused_kernels.hpp"
#include "radbatch/prepare/fused_simd.hpp"

HWY_BEFORE_NAMESPACE();
namespace radbatch::prepare_detail::HWY_NAMESPACE {

/// The samples at an offset and `stride` behind it, for every lane.
template <class D>
struct Pair {
  Floats<D> low, high;
};

template <class T, class D, class I>
HWY_INLINE Pair<D> pair_at(D d, const T* base, I offset, std::int64_t stride) {
  const hn::RebindToSigned<D> di;
  if constexpr (sizeof(T) == 2) {
    // Both neighbours in one gather of 32 bits.
    if (stride == 1) {
      const auto both =
          hn::GatherOffset(di, reinterpret_cast<const std::int32_t*>(base), hn::ShiftLeft<1>(offset));
      if constexpr (std::is_signed_v<T>) {
        return {hn::ConvertTo(d, hn::ShiftRight<16>(hn::ShiftLeft<16>(both))),
                hn::ConvertTo(d, hn::ShiftRight<16>(both))};
      } else {
        const auto mask = hn::Set(di, 0xFFFF);
        return {hn::ConvertTo(d, hn::And(both, mask)),
                hn::ConvertTo(d, hn::And(hn::ShiftRight<16>(both), mask))};
      }
    }
  }
  if constexpr (std::is_same_v<T, float>) {
    return {hn::GatherIndex(d, base, offset), hn::GatherIndex(d, base + stride, offset)};
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    return {hn::ConvertTo(d, hn::GatherIndex(di, base, offset)),
            hn::ConvertTo(d, hn::GatherIndex(di, base + stride, offset))};
  } else {
    HWY_ALIGN std::int32_t at[HWY_MAX_BYTES / 4];
    HWY_ALIGN float low[HWY_MAX_BYTES / 4], high[HWY_MAX_BYTES / 4];
    hn::Store(offset, di, at);
    for (std::size_t l = 0; l < hn::Lanes(d); ++l) {
      low[l] = static_cast<float>(base[at[l]]);
      high[l] = static_cast<float>(base[at[l] + stride]);
    }
    return {hn::Load(d, low), hn::Load(d, high)};
  }
}

/// The lower neighbour on one axis: offset from the vector's base, and how far beyond it.
template <class D>
struct Neighbour {
  hn::Vec<hn::RebindToSigned<D>> offset;
  Floats<D> beyond;
};

/// The way along one axis from a vector's first value to each of its lanes, in whole voxels and the rest.
/// Apart, because a float32 of both together loses, towards the last of sixteen lanes, a millionth of a
/// voxel.
template <class D>
struct Steps {
  Floats<D> whole, rest;
};

template <class D>
HWY_INLINE Steps<D> steps_along(D d, const ObliqueLine::Axis& axis) {
  HWY_ALIGN float whole[HWY_MAX_BYTES / 4], rest[HWY_MAX_BYTES / 4];
  for (std::size_t l = 0; l < hn::Lanes(d); ++l) {
    const double way = static_cast<double>(l) * axis.step;
    whole[l] = static_cast<float>(std::floor(way));
    rest[l] = static_cast<float>(way - std::floor(way));
  }
  return {hn::Load(d, whole), hn::Load(d, rest)};
}

/// Indices count from a voxel near the vector's first value, which keeps float32 exact enough.
template <class D>
HWY_INLINE Neighbour<D> neighbour(D d, const ObliqueLine::Axis& axis, std::size_t first, Steps<D> steps,
                                  std::int64_t& base) {
  const hn::RebindToSigned<D> di;
  const double at = axis.at + static_cast<double>(first) * axis.step;
  const auto whole = static_cast<std::int64_t>(std::clamp(at, 0.0, static_cast<double>(axis.size - 1)));
  base += whole * axis.stride;
  const auto lowest = hn::Set(d, static_cast<float>(-whole));
  const auto highest = hn::Set(d, static_cast<float>(axis.size - 1 - whole));
  const auto rest = hn::Add(hn::Set(d, static_cast<float>(at - static_cast<double>(whole))), steps.rest);
  const auto over = hn::Floor(rest);
  const auto inside = hn::Add(steps.whole, over);  // a whole number, exact
  const auto below = hn::Min(hn::Max(inside, lowest), hn::Max(hn::Sub(highest, hn::Set(d, 1.0f)), lowest));
  // Outside of the image the nearest voxel's value: all of the lower neighbour, or all of the upper one.
  auto beyond = hn::IfThenElse(hn::Lt(inside, lowest), hn::Zero(d), hn::Sub(rest, over));
  beyond = hn::IfThenElse(hn::Ge(inside, highest), hn::Sub(highest, below), beyond);
  return {hn::Mul(hn::ConvertTo(di, below), hn::Set(di, static_cast<std::int32_t>(axis.stride))), beyond};
}

/// Between the two neighbours along the first axis.
template <class T, class D, class I>
HWY_INLINE Floats<D> along_memory(D d, const ObliqueLine& line, const T* base, I offset, std::int64_t step,
                                  Floats<D> beyond) {
  auto pair = pair_at(d, base, offset, step);
  if (!line.before.empty()) {
    pair.low = map_values(d, line.before.data(), line.before.size(), pair.low);
    pair.high = map_values(d, line.before.data(), line.before.size(), pair.high);
  }
  return between(pair.low, pair.high, beyond);
}

template <class T>
bool sample_typed(const ObliqueLine& line, std::size_t n, float* HWY_RESTRICT target) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto steps_a = steps_along(d, line.axes[0]), steps_b = steps_along(d, line.axes[1]),
             steps_c = steps_along(d, line.axes[2]);
  const auto step = [&](int a) { return line.axes[a].size > 1 ? line.axes[a].stride : 0; };
  const std::int64_t step_a = step(0), step_b = step(1), step_c = step(2);
  auto faults = hn::Zero(d);
  for (std::size_t x = 0; x < n; x += lanes) {
    std::int64_t first = 0;
    const auto a = neighbour(d, line.axes[0], x, steps_a, first);
    const auto b = neighbour(d, line.axes[1], x, steps_b, first);
    const auto c = neighbour(d, line.axes[2], x, steps_c, first);
    const auto offset = hn::Add(a.offset, hn::Add(b.offset, c.offset));
    const T* base = static_cast<const T*>(line.samples) + first;
    const auto near = between(along_memory(d, line, base, offset, step_a, a.beyond),
                              along_memory(d, line, base + step_b, offset, step_a, a.beyond), b.beyond);
    base += step_c;
    const auto far = between(along_memory(d, line, base, offset, step_a, a.beyond),
                             along_memory(d, line, base + step_b, offset, step_a, a.beyond), b.beyond);
    const auto v = map_values(d, line.after.data(), line.after.size(), between(near, far, c.beyond));
    faults = hn::Add(faults, hn::Mul(v, hn::Zero(d)));
    if (x + lanes <= n) {
      hn::StoreU(v, d, target + x);
    } else {
      HWY_ALIGN float part[HWY_MAX_BYTES / 4];
      hn::Store(v, d, part);
      std::copy(part, part + (n - x), target + x);
    }
  }
  return hn::AllTrue(d, hn::Eq(faults, hn::Zero(d)));
}

bool sample(const ObliqueLine& line, std::size_t n, float* target) {
  switch (line.type) {
    case SampleType::uint8:
      return sample_typed<std::uint8_t>(line, n, target);
    case SampleType::int16:
      return sample_typed<std::int16_t>(line, n, target);
    case SampleType::uint16:
      return sample_typed<std::uint16_t>(line, n, target);
    case SampleType::int32:
      return sample_typed<std::int32_t>(line, n, target);
    case SampleType::float32:
      return sample_typed<float>(line, n, target);
  }
  return false;
}

}  // namespace radbatch::prepare_detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radbatch::prepare_detail {

HWY_EXPORT(sample);

bool can_sample(const ObliqueLine& line) {
  // A vector spans at most 16 steps; offsets are counted in bytes.
  double reach = 0;
  for (const ObliqueLine::Axis& axis : line.axes)
    reach += (16 * std::abs(axis.step) + 2) * static_cast<double>(axis.stride);
  return reach * 4 < 2e9;
}

bool sample_line(const ObliqueLine& line, std::int64_t n, float* target) {
  return HWY_DYNAMIC_DISPATCH(sample)(line, static_cast<std::size_t>(n), target);
}

}  // namespace radbatch::prepare_detail
#endif
