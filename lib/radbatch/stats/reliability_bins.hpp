// Scores in bins, with how often the finding was there: the classical reliability diagram and its errors.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace radbatch {

enum class Binning { equal_width, equal_mass };

std::string_view name(Binning binning);  ///< "equal width", "equal mass"

/// Scores above `low` up to `high` (the first bin also holds its lower edge).
struct ReliabilityBin {
  double low = 0, high = 1;
  double n = 0;
  double n_positive = 0;
  double mean_score = 0, frequency = 0;
};

struct ReliabilityBins {
  Binning binning = Binning::equal_width;
  std::size_t n_asked = 10;
  std::vector<ReliabilityBin> bins;   ///< without empty ones
  std::vector<std::uint32_t> bin_of;  ///< [unit] position in `bins`
};

/// Bins of scikit-learn's calibration_curve: equal_width from 0 to 1 ("uniform"), equal_mass at the quantiles
/// of the scores, linear between order statistics ("quantile"); scores lie in [0, 1]. Equal scores are never
/// parted, so there may be fewer bins than asked for.
ReliabilityBins reliability_bins(std::span<const double> scores, const std::vector<bool>& positive,
                                 Binning binning, std::size_t n_bins);
/// Mean over the units of |mean score - frequency| of their bin (Naeini, Cooper and Hauskrecht, AAAI 2015;
/// Guo et al., ICML 2017). It is above 0 in a finite sample of a perfectly calibrated score as well.
double expected_calibration_error(const ReliabilityBins& bins);
/// The largest of these gaps, however few units its bin holds.
double maximum_calibration_error(const ReliabilityBins& bins);

}  // namespace radbatch
