#include "radbatch/image/samples.hpp"

#include <cstring>

namespace radbatch {

std::span<const std::byte> sample_bytes(const Volume& volume) {
  return {volume.samples.data(), static_cast<std::size_t>(volume.count()) * bytes_per_sample(volume.type)};
}

Buffer planar_samples(const Volume& v) {
  const std::size_t width = bytes_per_sample(v.type);
  const auto points = static_cast<std::size_t>(v.voxels() * v.frames),
             channels = static_cast<std::size_t>(v.channels);
  Buffer out(points * channels * width);
  for (std::size_t p = 0; p < points; ++p) {
    for (std::size_t c = 0; c < channels; ++c) {
      std::memcpy(out.data() + (c * points + p) * width, v.samples.data() + (p * channels + c) * width,
                  width);
    }
  }
  return out;
}

}  // namespace radbatch
