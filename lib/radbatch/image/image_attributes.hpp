// What the scan says about a file that is not DICOM, in the same words for every format.
#pragma once

#include <array>
#include <cstdint>

#include "radbatch/base/json.hpp"

namespace radbatch {

struct ImageExtent {
  std::array<std::int64_t, 3> size{1, 1, 1};  ///< along i, j, k
  int dims = 2;
  std::int64_t frames = 1;
  int channels = 1;
  int bits = 8;
  std::array<double, 3> spacing{1, 1, 1};  ///< mm
};

/// Keys: "size", "dims", "spacing_mm", "is_image" and the DICOM keywords that mean the same.
inline Json image_attributes(const ImageExtent& extent) {
  return {{"size", extent.size},
          {"dims", extent.dims},
          {"spacing_mm", extent.spacing},
          {"Columns", extent.size[0]},
          {"Rows", extent.size[1]},
          {"NumberOfFrames", extent.frames},
          {"is_image", true},
          {"SamplesPerPixel", extent.channels},
          {"BitsAllocated", extent.bits}};
}

}  // namespace radbatch
