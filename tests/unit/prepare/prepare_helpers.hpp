// Small volumes and plans as text, for the tests of prepare.
#pragma once

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/prepare.hpp"

namespace radbatch {

/// A volume whose n-th sample in memory (channel, i, j, k, frame; fastest first) is n.
inline Volume counting(std::array<std::int64_t, 3> size, int channels = 1, std::int64_t frames = 1) {
  Volume volume = make_volume(size, channels, frames, SampleType::int16);
  std::iota(volume.samples.as<std::int16_t>().begin(), volume.samples.as<std::int16_t>().end(),
            std::int16_t{0});
  return volume;
}

inline Volume picture(std::array<std::int64_t, 3> size, int channels = 1) {
  Volume volume = counting(size, channels);
  volume.dims = 2;
  volume.has_geometry = false;
  return volume;
}

inline PreparedTensor run(const Volume& volume, const std::string& plan) {
  return prepare(volume, parse_plan(Json::parse(plan)));
}

inline Error error_of(const Volume& volume, const std::string& plan) {
  try {
    run(volume, plan);
  } catch (const Error& error) {
    return error;
  }
  return Error(ExitCode::ok, "no error");
}

inline Affine rows(std::array<double, 4> a, std::array<double, 4> b, std::array<double, 4> c) {
  return Affine{{a, b, c, {0, 0, 0, 1}}};
}

using Shape = std::vector<std::int64_t>;
using Values = std::vector<float>;

}  // namespace radbatch
