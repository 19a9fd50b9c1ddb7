// Stored pixels to real values: one rescale per block of samples.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// real value = slope * stored + intercept
struct Rescale {
  double slope = 1;
  double intercept = 0;

  bool is_identity() const { return slope == 1 && intercept == 0; }
  bool is_whole() const { return std::floor(slope) == slope && std::floor(intercept) == intercept; }
};

/// Stored samples of all planes with one rescale per block of `block` samples.
struct StoredStack {
  Volume volume;
  std::vector<Rescale> rescales;
  std::size_t block = 0;
};

/// The real values, computed in double precision: in the stored type where every rescale is the identity, in
/// int16 or int32 where all results are whole numbers in range, in float32 otherwise.
Volume real_values(StoredStack stack);

}  // namespace radbatch
