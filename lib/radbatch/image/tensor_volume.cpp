#include "radbatch/image/tensor_volume.hpp"

#include <cstddef>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

struct Extents {
  std::int64_t items, channels, i, j, k;
};

Extents extents_of(const TensorView& tensor) {
  const std::vector<std::int64_t>& shape = tensor.shape;
  if (shape.size() != 4 && shape.size() != 5) {
    throw Error(Reason::prepare, "a tensor of " + std::to_string(shape.size()) +
                                     " axes is no image: items, channels and two or three of space are");
  }
  const Extents n{shape[0], shape[1], shape[2], shape[3], shape.size() == 5 ? shape[4] : 1};
  if (n.items * n.channels * n.i * n.j * n.k != static_cast<std::int64_t>(tensor.values.size())) {
    throw Error(Reason::prepare, "the tensor's shape and its values do not fit");
  }
  return n;
}

/// Samples with `channels` fastest and `frames` slowest; both lie before the axes of space in the tensor.
Volume arranged(const TensorView& tensor, const Extents& n, std::int64_t frames, std::int64_t channels) {
  Volume volume = make_volume({n.i, n.j, n.k}, static_cast<int>(channels), frames, SampleType::float32);
  volume.dims = tensor.shape.size() == 5 ? 3 : 2;
  volume.lps = lps_to_ras(tensor.ras);
  volume.has_geometry = tensor.has_geometry;
  const std::int64_t voxels = n.i * n.j * n.k;
  float* out = volume.samples.as<float>().data();
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    for (std::int64_t k = 0; k < n.k; ++k) {
      for (std::int64_t j = 0; j < n.j; ++j) {
        for (std::int64_t i = 0; i < n.i; ++i) {
          const float* from = tensor.values.data() + frame * channels * voxels + (i * n.j + j) * n.k + k;
          for (std::int64_t c = 0; c < channels; ++c) *out++ = from[c * voxels];
        }
      }
    }
  }
  return volume;
}

}  // namespace

Volume tensor_volume(const TensorView& tensor) {
  const Extents n = extents_of(tensor);
  return arranged(tensor, n, n.items, n.channels);
}

Volume tensor_volume_without_channels(const TensorView& tensor) {
  const Extents n = extents_of(tensor);
  if (n.items > 1 && n.channels > 1) {
    throw Error(Reason::prepare,
                std::to_string(n.items) + " items of " + std::to_string(n.channels) +
                    " channels have no place in a file with four axes",
                "write them with --format h5, npy or nrrd");
  }
  return arranged(tensor, n, n.items * n.channels, 1);
}

}  // namespace radbatch
