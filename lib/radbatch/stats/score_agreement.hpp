// Two scores of the same units: how far apart, and in which direction.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace radbatch {

struct ScoreAgreement {
  std::size_t n = 0;
  std::optional<double> largest;        ///< |a - b|
  std::optional<double> mean_absolute;  ///< of a - b
  std::optional<double> bias;           ///< mean of a - b
  std::optional<double> spread;         ///< standard deviation of a - b, n - 1
  /// bias -+ 1.96 spread: J. M. Bland and D. G. Altman, Lancet 327 (1986) 307-310.
  std::optional<double> low, high;
  std::optional<double> pearson;      ///< missing where one of them does not vary
  std::optional<double> concordance;  ///< L. I. Lin, Biometrics 45 (1989) 255-268, with moments over n
};

/// Finite, and as long as each other.
ScoreAgreement score_agreement(std::span<const double> a, std::span<const double> b);

}  // namespace radbatch
