// What the vector loops share; included once per processor target, as Highway wants it.
#if defined(RADBATCH_FUSED_SIMD) == defined(HWY_TARGET_TOGGLE)
#ifdef RADBATCH_FUSED_SIMD
#undef RADBATCH_FUSED_SIMD
#else
#define RADBATCH_FUSED_SIMD
#endif

#include <hwy/highway.h>

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

template <class V>
HWY_INLINE V between(V low, V high, V by) {
  return hn::Add(low, hn::Mul(hn::Sub(high, low), by));
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

}  // namespace radbatch::prepare_detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
