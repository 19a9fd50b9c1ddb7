#include "radbatch/volume/region.hpp"

#include <algorithm>
#include <limits>

#include "radbatch/base/error.hpp"
#include "radbatch/base/json.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {
namespace {

using Index = std::array<std::int64_t, 3>;

/// First and last index along each axis of the voxels that count.
struct Extent {
  Index first{INT64_MAX, INT64_MAX, INT64_MAX}, last{-1, -1, -1};

  void add(const Index& at) {
    for (int a = 0; a < 3; ++a) {
      first[a] = std::min(first[a], at[a]);
      last[a] = std::max(last[a], at[a]);
    }
  }
};

template <class T>
Extent extent_of(const Volume& mask, std::optional<double> label) {
  const std::span<const T> samples = mask.samples.as<T>();
  Extent extent;
  std::size_t n = 0;
  for (std::int64_t k = 0; k < mask.size[2]; ++k) {
    for (std::int64_t j = 0; j < mask.size[1]; ++j) {
      for (std::int64_t i = 0; i < mask.size[0]; ++i, ++n) {
        const T value = samples[n];
        if (label ? static_cast<double>(value) == *label : value != T{}) extent.add({i, j, k});
      }
    }
  }
  return extent;
}

Extent extent_of(const Volume& mask, std::optional<double> label) {
  switch (mask.type) {
    case SampleType::uint8:
      return extent_of<std::uint8_t>(mask, label);
    case SampleType::int16:
      return extent_of<std::int16_t>(mask, label);
    case SampleType::uint16:
      return extent_of<std::uint16_t>(mask, label);
    case SampleType::int32:
      return extent_of<std::int32_t>(mask, label);
    case SampleType::float32:
      break;
  }
  return extent_of<float>(mask, label);
}

/// Corner n takes the upper end along axis a where bit a of n is set.
Region corners_of(const std::array<double, 3>& low, const std::array<double, 3>& high, const Affine& affine) {
  Region region;
  for (unsigned n = 0; n < 8; ++n) {
    for (int row = 0; row < 3; ++row) {
      double at = affine.m[row][3];
      for (unsigned a = 0; a < 3; ++a) at += affine.m[row][a] * ((n >> a) & 1 ? high[a] : low[a]);
      region.corners[n][row] = at;
    }
  }
  return region;
}

}  // namespace

Region box_region(const std::array<double, 3>& center_ras, const std::array<double, 3>& size_mm) {
  std::array<double, 3> low{}, high{};
  for (int a = 0; a < 3; ++a) {
    low[a] = center_ras[a] - size_mm[a] / 2;
    high[a] = center_ras[a] + size_mm[a] / 2;
  }
  return corners_of(low, high, Affine{});
}

Region mask_region(const Volume& mask, std::optional<double> label, const Volume& image) {
  if (mask.channels != 1 || mask.frames != 1)
    throw Error(Reason::prepare, "the mask has several channels or frames; a mask is one label per voxel");
  const bool shares_grid = !image.has_geometry || !mask.has_geometry;
  if (shares_grid && mask.size != image.size)
    throw Error(Reason::prepare,
                "the mask has another size than the image, and no geometry says where it lies");
  const Extent extent = extent_of(mask, label);
  if (extent.last[0] < 0) {
    throw Error(Reason::missing_input, label ? "the mask has no voxel of the label " + Json(*label).dump()
                                             : "every voxel of the mask is 0");
  }
  std::array<double, 3> low{}, high{};
  for (int a = 0; a < 3; ++a) {
    low[a] = static_cast<double>(extent.first[a]) - 0.5;
    high[a] = static_cast<double>(extent.last[a]) + 0.5;
  }
  return corners_of(low, high,
                    !image.has_geometry ? Affine{} : lps_to_ras(shares_grid ? image.lps : mask.lps));
}

}  // namespace radbatch
