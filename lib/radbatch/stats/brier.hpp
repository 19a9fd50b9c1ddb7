// The Brier score of probabilities, and what it is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "radbatch/stats/interval.hpp"
#include "radbatch/stats/reliability_bins.hpp"

namespace radbatch {

/// Brier = reliability - resolution + uncertainty + within_bin_variance - within_bin_covariance. The first
/// three are Murphy's (J Appl Meteorol 12 (1973) 595-600), exact where all scores of a bin are equal; the
/// other two are what binning adds (Stephenson, Coelho and Jolliffe, Weather Forecast 23 (2008) 752-757).
struct BrierParts {
  double brier = 0;
  double reliability = 0;            ///< mean squared gap between a bin's mean score and its frequency
  double resolution = 0;             ///< mean squared gap between a bin's frequency and the prevalence
  double uncertainty = 0;            ///< prevalence * (1 - prevalence)
  double within_bin_variance = 0;    ///< of the scores
  double within_bin_covariance = 0;  ///< twice the covariance of scores and truth
};

/// `bins` are those of the same scores; at least one score.
BrierParts brier_parts(std::span<const double> scores, const std::vector<bool>& positive,
                       const ReliabilityBins& bins);

/// Mean of (score - truth)^2, Brier, Mon Weather Rev 78 (1950) 1-3, for one finding; normal interval of a
/// mean, by cluster where units share one.
Estimate brier_score(std::span<const double> scores, const std::vector<bool>& positive,
                     std::span<const std::uint32_t> cluster, double level);
/// 1 - Brier / (prevalence (1 - prevalence)): 1 is perfect, 0 no better than the prevalence for all (the
/// "scaled Brier" of Steyerberg et al., Epidemiology 21 (2010) 128-138; index of prediction accuracy). Delta
/// method.
Estimate scaled_brier(std::span<const double> scores, const std::vector<bool>& positive,
                      std::span<const std::uint32_t> cluster, double level);
/// Positives there are over positives that the scores expect (their sum): 1 is right in the large, above 1
/// the scores are too low. Interval on the logarithm, delta method (Debray et al., BMJ 356 (2017) i6460).
Estimate observed_to_expected(std::span<const double> scores, const std::vector<bool>& positive,
                              std::span<const std::uint32_t> cluster, double level);

}  // namespace radbatch
