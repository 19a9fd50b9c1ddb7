// Every slice and frame of an image as a PNG of its own, without loss where PNG can hold the values.
#pragma once

#include <cstdint>
#include <vector>

#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// value of the image = slope * value in the PNG + intercept
struct PngSlices {
  std::vector<std::uint64_t> bytes;  ///< of each PNG; slices fastest, then frames
  double slope = 1, intercept = 0;
};

/// Writes the PNGs one after the other to an open descriptor.
///
/// 8-bit samples stay 8-bit; whole numbers from 0 to 65535 are stored as they are in 16 bits; int16 with
/// negative values is stored plus 32768 (CT); other types are stretched linearly over 16 bits, slope and
/// intercept say how. Rows and columns stay as they are in the image (not turned). Throws
/// Error(Reason::channels) for 2 or 4 channels, Error(Reason::nonfinite), Error(ExitCode::output).
PngSlices write_png_slices(const Volume& volume, int fd);

}  // namespace radbatch
