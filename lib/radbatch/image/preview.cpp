#include "radbatch/image/preview.hpp"

#include <algorithm>

#include "radbatch/image/picture.hpp"
#include "radbatch/image/png_bytes.hpp"

namespace radbatch {
namespace {

// Colours are 8 bit or use their full type; grey is stretched.
Range display_range(const Volume& v, const Picture& slice) {
  if (v.channels == 3 && v.type == SampleType::uint8) return {0, 255};
  if (v.channels == 3 && v.type == SampleType::uint16) return {0, 65535};
  return percentiles(slice.values, 0.01, 0.99);
}

}  // namespace

std::string preview_png(const Volume& volume, int max_side) {
  const Picture slice = slice_of(volume, 2, volume.size[2] / 2, 0);
  const Range range = display_range(volume, slice);
  const Picture shown = fitted(as_radiologists_look(slice), std::max(max_side, 1));
  // Two and four channels are no colours; the first stands for them.
  const int channels = volume.channels == 3 ? 3 : 1;
  return png_bytes(to_bytes(shown, range, static_cast<std::size_t>(channels)), static_cast<int>(shown.width),
                   static_cast<int>(shown.height), channels);
}

}  // namespace radbatch
