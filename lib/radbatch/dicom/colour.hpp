// Colour of DICOM pixels to RGB. Plain arrays, no DICOM library.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace radbatch {

/// Full-range YCbCr triples of `bits` bits to RGB in place, rounded half up and clamped (PS3.3 C.7.6.3.1.2,
/// inverted; the middle of the colour differences is 2^(bits-1)).
void ybr_full_to_rgb(std::span<std::uint8_t> triples);
void ybr_full_to_rgb(std::span<std::uint16_t> triples, int bits);
/// The same for the studio range of YBR_PARTIAL_422 and _420: Y from 16 to 235, differences from 16 to 240.
void ybr_partial_to_rgb(std::span<std::uint8_t> triples);
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
