#include "radbatch/image/rescale.hpp"

#include <algorithm>
#include <cstdint>

namespace radbatch {
namespace {

template <class T, class Visit>
void for_each_value(const StoredStack& stack, Visit visit) {
  const T* stored = stack.volume.samples.as<T>().data();
  for (std::size_t b = 0; b < stack.rescales.size(); ++b) {
    const Rescale& r = stack.rescales[b];
    for (std::size_t i = b * stack.block; i < (b + 1) * stack.block; ++i) {
      visit(i, r.slope * static_cast<double>(stored[i]) + r.intercept);
    }
  }
}

template <class Visit>
void visit_values(const StoredStack& stack, Visit visit) {
  switch (stack.volume.type) {
    case SampleType::uint8:
      return for_each_value<std::uint8_t>(stack, visit);
    case SampleType::int16:
      return for_each_value<std::int16_t>(stack, visit);
    case SampleType::uint16:
      return for_each_value<std::uint16_t>(stack, visit);
    case SampleType::float32:
      return for_each_value<float>(stack, visit);
    default:
      return for_each_value<std::int32_t>(stack, visit);
  }
}

SampleType smallest_exact_type(const StoredStack& stack) {
  if (stack.volume.type == SampleType::float32 || !std::ranges::all_of(stack.rescales, &Rescale::is_whole))
    return SampleType::float32;
  double low = 0, high = 0;
  visit_values(stack, [&](std::size_t, double v) { low = std::min(low, v), high = std::max(high, v); });
  if (low >= INT16_MIN && high <= INT16_MAX) return SampleType::int16;
  if (low >= INT32_MIN && high <= INT32_MAX) return SampleType::int32;
  return SampleType::float32;
}

template <class To>
void convert(const StoredStack& stack, Buffer& samples) {
  To* out = samples.as<To>().data();
  visit_values(stack, [out](std::size_t i, double v) { out[i] = static_cast<To>(v); });
}

}  // namespace

Volume real_values(StoredStack stack) {
  Volume& volume = stack.volume;
  if (std::ranges::all_of(stack.rescales, &Rescale::is_identity)) return std::move(volume);
  const SampleType type = smallest_exact_type(stack);
  Buffer samples(static_cast<std::size_t>(volume.count()) * bytes_per_sample(type));
  switch (type) {
    case SampleType::int16:
      convert<std::int16_t>(stack, samples);
      break;
    case SampleType::int32:
      convert<std::int32_t>(stack, samples);
      break;
    default:
      convert<float>(stack, samples);
      break;
  }
  volume.samples = std::move(samples);
  volume.type = type;
  return std::move(volume);
}

}  // namespace radbatch
