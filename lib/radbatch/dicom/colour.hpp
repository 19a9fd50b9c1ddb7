// Colour of DICOM pixels to RGB. Plain arrays, no DICOM library.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace radbatch {

/// Full-range YCbCr triples to RGB in place, rounded half up and clamped (PS3.3 C.7.6.3.1.2, inverted).
void ybr_full_to_rgb(std::span<std::uint8_t> triples);
/// 4:2:2 native data (Y1 Y2 Cb Cr for two pixels) to full triples (PS3.3 C.7.6.3.1.2, YBR_FULL_422).
std::vector<std::uint8_t> expand_ybr_422(std::span<const std::uint8_t> samples);

/// One channel of a palette: `values[v - first]` for a stored v; below and above the ends are the end values.
struct PaletteChannel {
  std::int64_t first = 0;
  std::vector<std::uint8_t> values;
};
using Palette = std::array<PaletteChannel, 3>;

std::uint8_t look_up(const PaletteChannel& channel, std::int64_t stored);

}  // namespace radbatch
