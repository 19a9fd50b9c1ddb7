// The stored pixel values of one DICOM file, decompressed and in one plain layout.
//
// Native pixels, RLE, JPEG and JPEG-LS come through DCMTK, JPEG 2000 through OpenJPEG: both get Debian's
// security updates, and both give stored values. ITK's GDCM gives values after a rescale that it applies to
// some SOP classes only (an MR with RescaleSlope comes out unscaled), and its assertions kill the process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// Pixels of all frames in file order with what turns them into real values.
struct StoredPixels {
  std::int64_t columns = 0;
  std::int64_t rows = 0;
  std::int64_t frames = 1;
  int channels = 1;                      ///< 1, or 3 (RGB, interleaved)
  SampleType type = SampleType::uint16;  ///< uint8, int16, uint16 or int32
  Buffer samples;                        ///< channel fastest, then columns, rows, frames

  double slope = 1;      ///< RescaleSlope; real value = slope * stored + intercept
  double intercept = 0;  ///< RescaleIntercept
};

/// Decodes the pixels of one file after the header gate.
///
/// What is settled here: bits above HighBit are cleared and signed values extended from BitsStored (overlays
/// and garbage there are not image); MONOCHROME1 is inverted once, on stored values, about the middle of
/// their range (v -> 2^BitsStored - 1 - v, signed: v -> -1 - v); PALETTE COLOR becomes 8-bit RGB; YBR becomes
/// RGB by PS3.3 C.7.6.3.1.2; a modality LUT is applied (slope 1, intercept 0 then). Throws Error with the
/// gate's reason, or with what the decoder found; the message does not name the file.
StoredPixels read_stored_pixels(const std::filesystem::path& path, std::uint64_t max_bytes);

}  // namespace radbatch
