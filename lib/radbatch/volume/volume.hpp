// Samples with their geometry: the one image type inside radbatch. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/volume/affine.hpp"
#include "radbatch/volume/buffer.hpp"
#include "radbatch/volume/display.hpp"

namespace radbatch {

enum class SampleType { uint8, int16, uint16, int32, float32 };

std::size_t bytes_per_sample(SampleType type);
std::string_view name(SampleType type);  ///< "int16"

/// An image of 2 or 3 spatial dimensions, possibly with channels (colour) and frames (time).
///
/// Memory order, fastest first: channel, i, j, k, frame. So sample (c, i, j, k, t) lies at
/// c + channels * (i + size[0] * (j + size[1] * (k + size[2] * t))).
/// Values are real values (Hounsfield units for CT: rescale is already applied).
struct Volume {
  std::array<std::int64_t, 3> size{0, 0, 0};  ///< voxels along i, j, k; size[2] is 1 when dims is 2
  int dims = 3;                               ///< 2 or 3
  std::int64_t frames = 1;
  int channels = 1;
  SampleType type = SampleType::float32;
  Affine lps;                ///< index -> LPS mm; identity with unit spacing for pictures without geometry
  bool has_geometry = true;  ///< false: PNG and the like; lps only counts pixels
  Buffer samples;

  std::vector<double> frame_times_s;  ///< seconds after the first frame of the source; empty: not known
  std::vector<std::int64_t>
      frame_indices;               ///< of the frames in their source, where some were chosen; or empty
  std::int64_t source_frames = 0;  ///< how many the source has, where some were chosen
  std::optional<std::array<std::int64_t, 4>> tissue_px;  ///< of ultrasound: x0, y0, x1, y1, both ends inside
  std::optional<Display> display;                        ///< what a DICOM header says of showing the values
  std::string colour;              ///< of video, what became RGB: "BT.709, limited range"
  std::vector<std::string> flags;  ///< W_* that reading found

  std::int64_t voxels() const { return size[0] * size[1] * size[2]; }
  std::int64_t count() const { return voxels() * frames * channels; }
};

/// A volume of that shape with uninitialised samples. Throws Error(Reason::too_large) on overflow.
Volume make_volume(std::array<std::int64_t, 3> size, int channels, std::int64_t frames, SampleType type);
/// All samples as float32, memory order kept. int32 beyond 2^24 loses bits; callers that care look at `type`.
std::vector<float> to_float(const Volume& volume);

}  // namespace radbatch
