#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "radbatch/prepare/fused_kernels.cpp"
#include <hwy/foreach_target.h>
// After it, as Highway wants it.
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "radbatch/prepare/fused_kernels.hpp"
#include "radbatch/prepare/fused_simd.hpp"

HWY_BEFORE_NAMESPACE();
namespace radbatch::prepare_detail::HWY_NAMESPACE {

/// How a weighted sum is formed: the frequent cases have loops of their own.
enum class Form { copy, pair, sum };  ///< one tap of weight 1; two taps of a mean; any

HWY_INLINE Form form_of(std::int32_t count, const float* weights) {
  if (count == 1 && weights[0] == 1.0f) return Form::copy;
  return count == 2 && weights[0] == 1.0f ? Form::pair : Form::sum;
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

}  // namespace radbatch::prepare_detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace radbatch::prepare_detail {

HWY_EXPORT(blend);
HWY_EXPORT(map_all);
HWY_EXPORT(whole_rows_are_finite);
HWY_EXPORT(interleave);
HWY_EXPORT(store);

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

}  // namespace radbatch::prepare_detail
#endif
