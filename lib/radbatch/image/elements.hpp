// Samples of any numeric type, as files hold them, into a Volume.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "radbatch/volume/volume.hpp"

namespace radbatch {

enum class ElementType { int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64 };

std::size_t bytes_per_element(ElementType type);

struct ElementLayout {
  std::array<std::int64_t, 3> size{0, 0, 0};
  std::int64_t frames = 1;
  int channels = 1;       ///< channels kept
  int file_channels = 1;  ///< channels in the file; those beyond `channels` (alpha) are dropped
  bool planar = false;    ///< channels run slowest in the file instead of fastest
  ElementType type = ElementType::uint8;
  bool swapped = false;  ///< the other byte order than this machine's
  double slope = 1;      ///< real value = slope * stored + intercept
  double intercept = 0;
};

/// Types without a SampleType of their own: int8 becomes int16; wide integers int32 where all values fit,
/// else float32; float64 and everything rescaled float32. Geometry is left to the caller. Throws
/// Error(Reason::truncated_pixels) when there are too few bytes.
Volume volume_from_elements(const ElementLayout& layout, std::span<const std::byte> bytes);

}  // namespace radbatch
