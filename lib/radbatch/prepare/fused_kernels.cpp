#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "radbatch/prepare/fused_kernels.cpp"
#include <hwy/foreach_target.h>
// After it, as Highway wants it.
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "radbatch/prepare/fused_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace radbatch::prepare_detail::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
using Floats = hn::Vec<D>;

template <class D, class T>
HWY_INLINE Floats<D> load_float(D d, const T* from) {
  if constexpr (sizeof(T) == 4) {
    const hn::Rebind<T, D> same;
    if constexpr (std::is_same_v<T, float>) {
      return hn::LoadU(d, from);
    } else {
      return hn::ConvertTo(d, hn::LoadU(same, from));
    }
  } else {
    const hn::Rebind<std::int32_t, D> wide;
    const hn::Rebind<T, D> narrow;
    return hn::ConvertTo(d, hn::PromoteTo(wide, hn::LoadU(narrow, from)));
  }
}

/// How a weighted sum is formed: the frequent cases have loops of their own.
enum class Form { copy, pair, sum };  ///< one tap of weight 1; two taps of a mean; any

HWY_INLINE Form form_of(std::int32_t count, const float* weights) {
  if (count == 1 && weights[0] == 1.0f) return Form::copy;
  return count == 2 && weights[0] == 1.0f ? Form::pair : Form::sum;
}

template <class V>
HWY_INLINE V between(V low, V high, V by) {
  return hn::Add(low, hn::Mul(hn::Sub(high, low), by));
}

/// The sum of `count` vectors load(t), in the form of FloatTaps.
template <Form form, class D, class Load>
HWY_INLINE Floats<D> weighted(D d, std::int32_t count, const float* weights, const Load& load) {
  if constexpr (form == Form::copy) {
    return load(0);
  } else if constexpr (form == Form::pair) {
    return between(load(0), load(1), hn::Set(d, weights[1]));
  } else {
    if (count == 0) return hn::Zero(d);
    const auto first = load(0);
    auto sum = hn::Mul(first, hn::Set(d, weights[0]));
    for (std::int32_t t = 1; t < count; ++t)
      sum = hn::Add(sum, hn::Mul(hn::Sub(load(t), first), hn::Set(d, weights[t])));
    return sum;
  }
}

template <Form form, class T>
void blend_form(const void* const* rows, std::size_t count, const float* weights, std::size_t n,
                float* HWY_RESTRICT target) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto row = [&](std::int32_t r) { return static_cast<const T*>(rows[r]); };
  const T* first_row = row(0);
  const T* last_row = row(static_cast<std::int32_t>(count) - 1);
  for (std::size_t x = 0; x < n && n >= lanes; x += lanes) {
    const std::size_t at = std::min(x, n - lanes);  // the last vector overlaps the one before
    const auto v = weighted<form>(d, static_cast<std::int32_t>(count), weights, [&](std::int32_t r) HWY_ATTR {
      if constexpr (form != Form::sum) return load_float(d, (r == 0 ? first_row : last_row) + at);
      return load_float(d, row(r) + at);
    });
    hn::StoreU(v, d, target + at);
  }
  for (std::size_t x = 0; x < n && n < lanes; ++x) {
    const auto first = static_cast<float>(first_row[x]);
    float sum = first * weights[0];
    for (std::size_t r = 1; r < count; ++r)
      sum += (static_cast<float>(row(static_cast<std::int32_t>(r))[x]) - first) * weights[r];
    target[x] = sum;
  }
}

template <class T>
void blend_typed(const void* const* rows, std::size_t count, const float* weights, std::size_t n,
                 float* target) {
  switch (form_of(static_cast<std::int32_t>(count), weights)) {
    case Form::copy:
      return blend_form<Form::copy, T>(rows, count, weights, n, target);
    case Form::pair:
      return blend_form<Form::pair, T>(rows, count, weights, n, target);
    case Form::sum:
      return blend_form<Form::sum, T>(rows, count, weights, n, target);
  }
}

void blend(SampleType type, const void* const* rows, std::size_t count, const float* weights, std::size_t n,
           float* target) {
  switch (type) {
    case SampleType::uint8:
      return blend_typed<std::uint8_t>(rows, count, weights, n, target);
    case SampleType::int16:
      return blend_typed<std::int16_t>(rows, count, weights, n, target);
    case SampleType::uint16:
      return blend_typed<std::uint16_t>(rows, count, weights, n, target);
    case SampleType::int32:
      return blend_typed<std::int32_t>(rows, count, weights, n, target);
    case SampleType::float32:
      return blend_typed<float>(rows, count, weights, n, target);
  }
}

template <class D>
HWY_INLINE Floats<D> map_values(D d, const ValueMap* maps, std::size_t count, Floats<D> v) {
  for (std::size_t m = 0; m < count; ++m) {
    const ValueMap& map = maps[m];
    const auto before = v;
    if (map.subtract != 0 || map.divide != 1)
      v = hn::Div(hn::Sub(v, hn::Set(d, map.subtract)), hn::Set(d, map.divide));
    if (map.gain != 1 || map.shift != 0) v = hn::Add(hn::Mul(v, hn::Set(d, map.gain)), hn::Set(d, map.shift));
    v = hn::Min(hn::Max(v, hn::Set(d, map.low)), hn::Set(d, map.high));
    if (map.keeps_zero) v = hn::IfThenElse(hn::Eq(before, hn::Zero(d)), before, v);
  }
  return v;
}

/// n is a multiple of row_multiple. Zero times a finite value is zero; NaN stays.
bool whole_rows_are_finite(const float* values, std::size_t n) {
  const hn::ScalableTag<float> d;
  auto faults = hn::Zero(d);
  for (std::size_t x = 0; x < n; x += hn::Lanes(d))
    faults = hn::Add(faults, hn::Mul(hn::LoadU(d, values + x), hn::Zero(d)));
  return hn::AllTrue(d, hn::Eq(faults, hn::Zero(d)));
}

/// n is a multiple of row_multiple.
void map_all(const ValueMap* maps, std::size_t count, float* values, std::size_t n) {
  const hn::ScalableTag<float> d;
  for (std::size_t x = 0; x < n; x += hn::Lanes(d))
    hn::StoreU(map_values(d, maps, count, hn::LoadU(d, values + x)), d, values + x);
}

template <Form form>
void interleave_form(const float* HWY_RESTRICT rows, std::size_t row_step, const FloatTaps* lanes,
                     std::size_t n, float* HWY_RESTRICT target) {
  const hn::ScalableTag<float> d;
  const auto row = [&](std::size_t lane, std::int32_t t) {
    return rows + static_cast<std::size_t>(lanes[lane].index[t]) * row_step;
  };
  const float *first[4] = {}, *last[4] = {};
  for (std::size_t l = 0; l < 4 && form != Form::sum; ++l) {
    first[l] = row(l, 0);
    last[l] = row(l, lanes[l].count - 1);
  }
  for (std::size_t x = 0; x < n; x += hn::Lanes(d)) {
    const auto lane = [&](std::size_t l) HWY_ATTR {
      return weighted<form>(d, lanes[l].count, lanes[l].weight, [&](std::int32_t t) HWY_ATTR {
        if constexpr (form != Form::sum) return hn::LoadU(d, (t == 0 ? first[l] : last[l]) + x);
        return hn::LoadU(d, row(l, t) + x);
      });
    };
    hn::StoreInterleaved4(lane(0), lane(1), lane(2), lane(3), d, target + 4 * x);
  }
}

void interleave(const float* HWY_RESTRICT rows, std::size_t row_step, const FloatTaps* lanes, std::size_t n,
                float* HWY_RESTRICT target) {
  const Form form = form_of(lanes[0].count, lanes[0].weight);
  const bool alike = std::all_of(
      lanes + 1, lanes + 4, [&](const FloatTaps& taps) { return form_of(taps.count, taps.weight) == form; });
  if (alike && form == Form::copy) return interleave_form<Form::copy>(rows, row_step, lanes, n, target);
  if (alike && form == Form::pair) return interleave_form<Form::pair>(rows, row_step, lanes, n, target);
  interleave_form<Form::sum>(rows, row_step, lanes, n, target);
}

/// One map with its constants in registers, all operations done.
template <class D>
struct WholeMap {
  Floats<D> subtract, divide, gain, shift, low, high;

  WholeMap(D d, const ValueMap& map)
      : subtract(hn::Set(d, map.subtract)),
        divide(hn::Set(d, map.divide)),
        gain(hn::Set(d, map.gain)),
        shift(hn::Set(d, map.shift)),
        low(hn::Set(d, map.low)),
        high(hn::Set(d, map.high)) {}
  HWY_INLINE Floats<D> operator()(Floats<D> v) const {
    v = hn::Add(hn::Mul(hn::Div(hn::Sub(v, subtract), divide), gain), shift);
    return hn::Min(hn::Max(v, low), high);
  }
};

/// Up to eight lanes, from one group of four or from two that follow each other.
template <class D>
HWY_INLINE Floats<D> load_lanes(D d, const float* group, std::int64_t group_step) {
#if HWY_TARGET == HWY_SCALAR
  static_cast<void>(group_step);
  return hn::LoadU(d, group);
#else
  if constexpr (hn::MaxLanes(D()) <= 4) {
    return hn::LoadU(d, group);
  } else {
    const hn::Half<D> half;
    return hn::Combine(d, hn::LoadU(half, group + group_step), hn::LoadU(half, group));
  }
#endif
}

/// One line: lanes begin to end - 1, in whole vectors.
template <Form form, class D, class Map>
HWY_INLINE Floats<D> store_line(D d, const LastPass& pass, std::int64_t o, std::int64_t begin,
                                std::int64_t end, const Map& map, Floats<D> faults,
                                float* HWY_RESTRICT line) {
  const std::int32_t first = pass.begin[o];
  const std::int32_t count = pass.begin[o + 1] - first;
  const float* weights = pass.weight + first;
  for (std::int64_t l = begin; l < end; l += static_cast<std::int64_t>(hn::Lanes(d))) {
    const float* group = pass.groups + l / 4 * pass.group_step + l % 4;
    const auto v = map(weighted<form>(d, count, weights, [&](std::int32_t t) HWY_ATTR {
      return load_lanes(d, group + 4 * static_cast<std::int64_t>(pass.index[first + t]), pass.group_step);
    }));
    faults = hn::Add(faults, hn::Mul(v, hn::Zero(d)));
    hn::StoreU(v, d, line + (l - begin));
  }
  return faults;
}

template <class D, class Map>
bool store_mapped(D d, const LastPass& pass, const Map& map, float* HWY_RESTRICT target,
                  std::size_t line_step) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t whole = pass.lanes / lanes * lanes;
  auto faults = hn::Zero(d);
  const auto compute = [&](std::int64_t o, std::int64_t begin, std::int64_t end, float* line) HWY_ATTR {
    const std::int32_t first = pass.begin[o];
    switch (form_of(pass.begin[o + 1] - first, pass.weight + first)) {
      case Form::copy:
        return store_line<Form::copy>(d, pass, o, begin, end, map, faults, line);
      case Form::pair:
        return store_line<Form::pair>(d, pass, o, begin, end, map, faults, line);
      default:
        return store_line<Form::sum>(d, pass, o, begin, end, map, faults, line);
    }
  };
  for (std::int64_t o = 0; o < pass.lines; ++o) {
    float* line = target + static_cast<std::size_t>(o) * line_step;
    faults = compute(o, 0, whole, line);
    if (whole == pass.lanes) continue;
    HWY_ALIGN float part[8];  // groups of four are there in pairs
    faults = compute(o, whole, whole + lanes, part);
    std::copy(part, part + (pass.lanes - whole), line + whole);
  }
  return hn::AllTrue(d, hn::Eq(faults, hn::Zero(d)));
}

bool store(const LastPass& pass, float* HWY_RESTRICT target, std::size_t line_step) {
  const hn::CappedTag<float, 8> d;
  const ValueMap* maps = pass.maps.data();
  const std::size_t count = pass.maps.size();
  if (count == 0) {
    return store_mapped(
        d, pass, [](auto v) HWY_ATTR { return v; }, target, line_step);
  }
  if (count == 1 && !maps[0].keeps_zero) {
    return store_mapped(d, pass, WholeMap<decltype(d)>(d, maps[0]), target, line_step);
  }
  return store_mapped(
      d, pass, [&](auto v) HWY_ATTR { return map_values(d, maps, count, v); }, target, line_step);
}

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

/// Indices count from a voxel near the vector's first value, which keeps float32 exact enough. `steps` is the
/// way from the first value to each.
template <class D>
HWY_INLINE Neighbour<D> neighbour(D d, const ObliqueLine::Axis& axis, std::size_t first, Floats<D> steps,
                                  std::int64_t& base) {
  const hn::RebindToSigned<D> di;
  const double at = axis.at + static_cast<double>(first) * axis.step;
  const auto whole = static_cast<std::int64_t>(std::clamp(at, 0.0, static_cast<double>(axis.size - 1)));
  base += whole * axis.stride;
  const auto lowest = static_cast<float>(-whole);
  const auto highest = static_cast<float>(axis.size - 1 - whole);
  auto index = hn::Add(hn::Set(d, static_cast<float>(at - static_cast<double>(whole))), steps);
  index = hn::Min(hn::Max(index, hn::Set(d, lowest)), hn::Set(d, highest));
  const auto below = hn::Min(hn::Floor(index), hn::Set(d, std::max(highest - 1, lowest)));
  return {hn::Mul(hn::ConvertTo(di, below), hn::Set(di, static_cast<std::int32_t>(axis.stride))),
          hn::Sub(index, below)};
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
  const auto iota = hn::Iota(d, 0.0f);
  const auto steps_on = [&](int a) {
    return hn::Mul(iota, hn::Set(d, static_cast<float>(line.axes[a].step)));
  };
  const auto steps_a = steps_on(0), steps_b = steps_on(1), steps_c = steps_on(2);
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

HWY_EXPORT(blend);
HWY_EXPORT(map_all);
HWY_EXPORT(whole_rows_are_finite);
HWY_EXPORT(interleave);
HWY_EXPORT(store);
HWY_EXPORT(sample);

void blend_rows(SampleType type, std::span<const void* const> rows, const float* weights, std::int64_t n,
                float* target) {
  HWY_DYNAMIC_DISPATCH(blend)
  (type, rows.data(), rows.size(), weights, static_cast<std::size_t>(n), target);
}

bool all_finite(std::span<const float> values) {
  const std::size_t whole = values.size() / row_multiple * row_multiple;
  return HWY_DYNAMIC_DISPATCH(whole_rows_are_finite)(values.data(), whole) &&
         std::all_of(values.begin() + static_cast<std::ptrdiff_t>(whole), values.end(),
                     [](float v) { return std::isfinite(v); });
}

void map_row(std::span<const ValueMap> maps, float* values, std::int64_t n) {
  const std::int64_t whole = n / row_multiple * row_multiple;
  HWY_DYNAMIC_DISPATCH(map_all)(maps.data(), maps.size(), values, static_cast<std::size_t>(whole));
  for (std::int64_t x = whole; x < n; ++x) {
    for (const ValueMap& map : maps) values[x] = map(values[x]);
  }
}

void interleave_rows(const float* rows, std::int64_t row_step, const FloatTaps* lanes, std::int64_t n,
                     float* target) {
  HWY_DYNAMIC_DISPATCH(interleave)
  (rows, static_cast<std::size_t>(row_step), lanes, static_cast<std::size_t>(n), target);
}

bool store_lines(const LastPass& pass, float* target, std::int64_t line_step) {
  return HWY_DYNAMIC_DISPATCH(store)(pass, target, static_cast<std::size_t>(line_step));
}

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
