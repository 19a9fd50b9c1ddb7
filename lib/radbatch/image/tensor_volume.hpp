// A prepared tensor as a Volume, so that writers and pictures of images take it too.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// The network's input: values in C order of [items, channels, i, j] or [items, channels, i, j, k].
struct TensorView {
  std::vector<std::int64_t> shape;
  std::span<const float> values;
  Affine ras;                ///< (i, j, k) -> RAS mm
  bool has_geometry = true;  ///< false: of a picture that has no place in a patient
};

/// A float32 copy: items become frames, channels stay channels. Throws Error(Reason::prepare) for another
/// number of axes, or when shape and values do not fit.
Volume tensor_volume(const TensorView& tensor);
/// The same with the channels in place of the frames, for formats whose fourth axis they are; of one item
/// only. Throws as tensor_volume, Error(Reason::prepare) for several items of several channels.
Volume tensor_volume_without_channels(const TensorView& tensor);

}  // namespace radbatch
