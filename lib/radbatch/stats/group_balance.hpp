// How unlike two groups are in one characteristic, in units that do not depend on their size.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace radbatch {

/// Standardised difference of means, (mean_1 - mean_2) / sqrt((s_1^2 + s_2^2) / 2) (P. C. Austin, Stat Med 28
/// (2009) 3083-3107). No value with fewer than two values in a group, or where neither varies and the means
/// differ.
std::optional<double> standardised_difference(std::span<const double> first, std::span<const double> second);

/// The same for a characteristic with several levels, from counts per level: the Mahalanobis distance of the
/// shares under the mean of the two multinomial covariances (D. Yang and J. E. Dalton, SAS Global Forum 2012,
/// paper 335). Never negative. No value when a group is empty, or when the groups have no level in common in
/// a way that leaves the covariance singular. Rows are as long.
std::optional<double> standardised_difference(std::span<const std::size_t> first,
                                              std::span<const std::size_t> second);

struct ChiSquared {
  double statistic = 0;
  std::size_t degrees = 0;
  double p = 1;
  double smallest_expected = 0;
};

/// Pearson's chi-squared of two rows of counts, without continuity correction; levels that neither group has
/// are left out. No value with fewer than two levels or an empty group.
std::optional<ChiSquared> chi_squared(std::span<const std::size_t> first,
                                      std::span<const std::size_t> second);

}  // namespace radbatch
