// The stored pixel values of one DICOM file, decompressed and in one plain layout.
//
// Every compression is decoded by its own library behind frame_decoder.hpp, never by ITK's GDCM: that gives
// values after a rescale that it applies to some SOP classes only (an MR with RescaleSlope comes out
// unscaled), and its assertions kill the process.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// Pixels of all frames in file order with what turns them into real values.
struct StoredPixels {
  std::int64_t columns = 0;
  std::int64_t rows = 0;
  std::int64_t frames = 1;
  int channels = 1;  ///< 1, or 3 (RGB, interleaved)
  SampleType type =
      SampleType::uint16;  ///< uint8, int16, uint16, int32; float32 for floating-point pixel data
  Buffer samples;          ///< channel fastest, then columns, rows, frames

  double slope = 1;      ///< RescaleSlope; real value = slope * stored + intercept
  double intercept = 0;  ///< RescaleIntercept
  /// The header has a rescale or a modality LUT: real values are in the unit it means, not in some unit.
  bool has_rescale = false;
  /// PixelPaddingValue and PixelPaddingRangeLimit as samples have them here (turned round with MONOCHROME1);
  /// pixels between the two are no image. They are recorded, not replaced.
  std::optional<std::int64_t> padding, padding_limit;
  /// As the header has it; MONOCHROME1 is turned round already and colour is RGB.
  std::string photometric;
};

/// Decodes the pixels of one file after the header gate, by up to `threads` threads with the result of one.
///
/// What is settled here: bits above HighBit are cleared and signed values extended from BitsStored (overlays
/// and garbage there are not image); MONOCHROME1 is inverted once, on stored values, about the middle of
/// their range (v -> 2^BitsStored - 1 - v, signed: v -> -1 - v); PALETTE COLOR becomes 8-bit RGB; YBR becomes
/// RGB by PS3.3 C.7.6.3.1.2; a modality LUT is applied (slope 1, intercept 0 then). FloatPixelData and
/// DoubleFloatPixelData become float32, rounded to nearest. A VOI LUT or window is never applied. Throws
/// Error with the gate's reason, or with what the decoder found; the message does not name the file.
StoredPixels read_stored_pixels(const std::filesystem::path& path, std::uint64_t max_bytes,
                                std::size_t threads = 1);

}  // namespace radbatch
