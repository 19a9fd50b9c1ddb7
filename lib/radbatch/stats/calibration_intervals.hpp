// Intervals of what is read from a calibration curve, by drawing patients again.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "radbatch/stats/bootstrap.hpp"
#include "radbatch/stats/reliability_bins.hpp"
#include "radbatch/stats/smooth_calibration.hpp"

namespace radbatch {

struct CalibrationIntervals {
  Bootstrapped ece_equal_width, ece_equal_mass, ici, e50, e90;
  std::vector<Bootstrapped> curve;  ///< at each place
};

/// What the bootstrap works on. `cluster` is empty (units are independent) or one per unit.
struct CalibrationSample {
  std::span<const double> scores;
  const std::vector<bool>& positive;
  std::span<const std::uint32_t> cluster;
  const ReliabilityBins& equal_width;
  const ReliabilityBins& equal_mass;
};

/// So that a resample costs the same for any number of units, neighbouring scores stand together at their
/// mean: about 200 groups of equally many units, parted at the edges of the bins too. With no more different
/// scores than that nothing is rounded. The curve is evaluated at `places` and is linear between. The bins
/// stay those of the whole sample.
CalibrationIntervals calibration_intervals(const BootstrapPlan& plan, const CalibrationSample& sample,
                                           std::span<const double> places, const SmoothOptions& options);

}  // namespace radbatch
