// Plain pixels of one file into one slice of a volume: opened once, read in place, finished while in cache.
// Internal to the module.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "radbatch/study/plain_pixels.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// What read_stored_pixels would call the samples.
SampleType stored_type(const PlainPixels& pixels);

struct PlainSlice {
  bool fits = true;    ///< false: int16 cannot hold the real values, and the samples are undefined
  std::string digest;  ///< SHA-256 of the whole file, from the same read; empty where not wanted
};

/// Reads slices one after the other; one object per thread, which keeps its buffers.
class PlainSliceReader {
 public:
  /// Reads the file's samples into `out` as real values of `type`: the stored type (no rescale is applied
  /// then), int16 or float32; bit for bit what read_stored_pixels and real_values give.
  ///
  /// Throws Error(Reason::io), and Error(Reason::file_changed) when size or time of the file are not those of
  /// `pixels`, before and after.
  PlainSlice read(const std::string& file, const PlainPixels& pixels, SampleType type,
                  std::span<std::byte> out, bool with_digest);

 private:
  Buffer around_;   ///< what is in the file before and after the samples
  Buffer samples_;  ///< where they cannot be read in place
};

/// The arithmetic alone: stored samples to real values of `type`; may work in place where the widths agree.
/// False when int16 cannot hold them.
bool finish_samples(const PlainPixels& pixels, std::span<const std::byte> stored, SampleType type,
                    std::span<std::byte> out);

}  // namespace radbatch
