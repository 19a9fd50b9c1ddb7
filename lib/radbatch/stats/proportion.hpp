// Proportions with their intervals, of independent units and of units in clusters.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "radbatch/stats/interval.hpp"

namespace radbatch {

enum class ProportionInterval {
  wilson,           ///< covers the level on average: Wilson, J Am Stat Assoc 22 (1927) 209-212
  clopper_pearson,  ///< covers it at least: Clopper and Pearson, Biometrika 26 (1934) 404-413
};

/// `successes` of `n`. No value, and no interval, when n is 0.
Estimate proportion_estimate(std::size_t successes, std::size_t n, ProportionInterval kind,
                             double level = 0.95);

/// A cluster's part in a proportion.
struct ClusterShare {
  double successes = 0;
  double n = 0;
};

/// Sum of successes over sum of n, where units of a cluster (a patient) are not independent. The variance is
/// the ratio estimator's with clusters as units; the interval is Wilson's or Clopper and Pearson's with the n
/// of independent units that would have this variance, at most n (Rao and Scott, Biometrics 48 (1992)
/// 577-585; Korn and Graubard, Survey Methodology 24 (1998) 193-201). At 0 and 1, where that variance is
/// zero, n is the number of clusters. Clusters with n = 0 do not count; fewer than two: no interval.
Estimate clustered_proportion(std::span<const ClusterShare> clusters, ProportionInterval kind,
                              double level = 0.95);

}  // namespace radbatch
