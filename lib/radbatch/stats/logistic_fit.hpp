// Logistic regression of a truth on one score: the line by which probabilities are recalibrated.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace radbatch {

/// Probabilities this near to 0 or 1 are taken as this far from them where their log odds are needed, as R's
/// CalibrationCurves does: the log odds of 0 and 1 are infinite.
inline constexpr double NEAREST_TO_CERTAIN = 1e-8;

/// ln(p / (1 - p)) of p held within [NEAREST_TO_CERTAIN, 1 - NEAREST_TO_CERTAIN].
double log_odds(double probability);
std::vector<double> log_odds(std::span<const double> probabilities);
double logistic(double log_odds);

/// P(truth) = logistic(intercept + slope x). `why_not` says why there is no finite maximum of the likelihood;
/// the numbers mean nothing then.
struct LogisticFit {
  double intercept = 0, slope = 1;
  /// Covariance of (intercept, slope); 0 for what was held fixed.
  std::array<std::array<double, 2>, 2> covariance{};
  std::string why_not;

  double intercept_error() const;
  double slope_error() const;
};

/// Maximum likelihood by Newton's method. `targets` are 0 and 1, or shares between (Platt's). The covariance
/// is the inverse of the information (Cox, Biometrika 45 (1958) 562-565), or with a `cluster` per unit the
/// sandwich of Liang and Zeger, Biometrika 73 (1986) 13-22, times G / (G - 1).
LogisticFit fit_logistic(std::span<const double> x, std::span<const double> targets,
                         std::span<const std::uint32_t> cluster = {});
/// The same with the slope held at 1: calibration in the large (Miller, Hui and Tierney, Stat Med 10 (1991)
/// 1213-1226).
LogisticFit fit_intercept(std::span<const double> x, std::span<const double> targets,
                          std::span<const std::uint32_t> cluster = {});
/// The same with the intercept held at 0: temperature scaling has slope = 1 / T (Guo et al., ICML 2017).
LogisticFit fit_slope(std::span<const double> x, std::span<const double> targets);

/// 1 for positive, 0 for others.
std::vector<double> as_targets(const std::vector<bool>& positive);

}  // namespace radbatch
