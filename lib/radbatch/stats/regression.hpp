// How near predicted numbers are to true ones.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "radbatch/stats/interval.hpp"

namespace radbatch {

/// What can be said of n pairs. A member is missing where it is not defined: nothing varies, too few pairs.
struct RegressionNumbers {
  double n = 0;  ///< sum of the weights
  std::optional<double> mean_absolute_error;
  std::optional<double> root_mean_squared_error;
  std::optional<double> r_squared;  ///< coefficient of determination, 1 - SSE / SST; negative when the mean
                                    ///< of the truth would do better
  std::optional<double> bias;       ///< mean of predicted - true
  std::optional<double> difference_sd;  ///< of predicted - true, n - 1
  std::optional<double> pearson;
  std::optional<double> concordance;  ///< L. I. Lin, Biometrics 45 (1989) 255-268, with moments over n
  std::optional<double> icc_agreement, icc_consistency;  ///< intraclass.hpp, of the two as raters
};

/// `truth` and `predicted` are finite and as long as each other; weights are how often each pair counts,
/// empty: once each.
RegressionNumbers regression_numbers(std::span<const double> truth, std::span<const double> predicted,
                                     std::span<const double> weights = {});

/// Lin's z-transformed interval, with the corrected variance of Biometrics 56 (2000) 324-325.
std::optional<Interval> concordance_interval(std::span<const double> truth, std::span<const double> predicted,
                                             double level);
/// Student's t interval of the mean difference.
std::optional<Interval> bias_interval(double bias, double difference_sd, std::size_t n, double level);

struct LimitsOfAgreement {
  Estimate low, high;  ///< bias -+ 1.96 sd, within which 95 % of normal differences lie
};

/// J. M. Bland and D. G. Altman, Lancet 327 (1986) 307-310; the interval of each limit exactly, through the
/// noncentral t distribution (A. Carkeet, Optom Vis Sci 92 (2015) e71-e80), for n up to 1,000, beyond that by
/// the variance of Stat Methods Med Res 8 (1999) 135-160, s^2 (1/n + z^2 / (2 (n - 1))), where the bounds of
/// both lie within 0.005 standard deviations.
LimitsOfAgreement limits_of_agreement(double bias, double difference_sd, std::size_t n, double level);

}  // namespace radbatch
