// Slices as pictures: cut from a volume, turned as radiologists look at them, scaled to square pixels.
// Internal to the module: what previews and contact sheets share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "radbatch/volume/volume.hpp"

namespace radbatch {

struct Picture {
  std::size_t width = 0, height = 0;
  int channels = 1;
  double step_x = 1, step_y = 1;  ///< mm
  std::vector<float> values;      ///< channel fastest, then x, then y; finite
  /// Where the picture's right and lower edges point in the patient (LPS); zero where nothing is known.
  std::array<double, 3> right{}, down{};

  float& at(std::size_t x, std::size_t y, std::size_t c) {
    return values[(y * width + x) * static_cast<std::size_t>(channels) + c];
  }
  float at(std::size_t x, std::size_t y, std::size_t c) const {
    return values[(y * width + x) * static_cast<std::size_t>(channels) + c];
  }
};

/// The slice at `index` of index axis `axis` (2: as acquired), with the remaining axes in order.
Picture slice_of(const Volume& volume, std::size_t axis, std::int64_t index, std::int64_t frame);
/// Turned by quarters and mirrored: axial and coronal with the patient's right at the left of the picture,
/// anterior or head up; sagittal with anterior at the left, head up. Without directions as it is.
Picture as_radiologists_look(const Picture& picture);
/// Square pixels in mm, the longer side at most `max_side` pixels. Never finer than the finest pixel unless
/// `enlarge`: that shows nothing new.
Picture fitted(const Picture& picture, int max_side, bool enlarge = false);

struct Range {
  double low = 0, high = 1;
};

/// From the `low` to the `high` quantile of the values; the extremes where that is no range.
Range percentiles(std::vector<float> values, double low, double high);
/// 8 bits a channel, linear from low to high.
std::vector<std::uint8_t> to_bytes(const Picture& picture, const Range& range, std::size_t channels);

}  // namespace radbatch
