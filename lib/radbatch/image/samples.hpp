// The samples of a volume as the bytes that a file holds.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// All samples in memory order; no copy.
std::span<const std::byte> sample_bytes(const Volume& volume);
/// The samples with the channels slowest instead of fastest.
Buffer planar_samples(const Volume& volume);

/// Calls visit(typed pointer to the first sample) for the volume's sample type.
template <class Visit>
auto visit_samples(const Volume& v, Visit visit) {
  switch (v.type) {
    case SampleType::uint8:
      return visit(v.samples.as<std::uint8_t>().data());
    case SampleType::int16:
      return visit(v.samples.as<std::int16_t>().data());
    case SampleType::uint16:
      return visit(v.samples.as<std::uint16_t>().data());
    case SampleType::int32:
      return visit(v.samples.as<std::int32_t>().data());
    case SampleType::float32:
      break;
  }
  return visit(v.samples.as<float>().data());
}

}  // namespace radbatch
