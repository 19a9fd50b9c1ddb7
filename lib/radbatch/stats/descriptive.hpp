// What the first table of a paper says of a group.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace radbatch {

/// Quantile of values in ascending order by linear interpolation between order statistics: definition 7 of
/// Hyndman and Fan, Am Stat 50 (1996) 361-365, the default of R and numpy. `p` in [0, 1]; no value of
/// nothing.
std::optional<double> quantile(std::span<const double> sorted, double p);

/// Mean, and standard deviation with n - 1 (no value below two).
struct MeanAndSd {
  std::optional<double> mean, sd;
};
MeanAndSd mean_and_sd(std::span<const double> values);

}  // namespace radbatch
