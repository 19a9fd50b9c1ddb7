// A difference between two shares or means, with its interval and test: paired, of independent groups, and of
// patients with several units.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/stats/interval.hpp"
#include "radbatch/stats/mcnemar.hpp"
#include "radbatch/stats/two_by_two.hpp"

namespace radbatch {

/// The first minus the second. `estimate.why_not` says why a value, an interval or a test is missing.
struct Difference {
  Estimate estimate;
  std::optional<double> standard_error;  ///< where the interval is made from one
  std::optional<double> p;               ///< two-sided
  std::string test;                      ///< "McNemar, mid-p"
};

/// value -+ z * standard_error, and the two-sided normal test; neither where the error is 0, and `why_not`
/// says `when_zero` then.
Difference normal_difference(double value, double standard_error, double level, const std::string& method,
                             const std::string& when_zero);

/// Shares of the same units. Interval: method 10 of R. G. Newcombe, Stat Med 17 (1998) 2635-2650 (Wilson
/// limits squared and added, with the continuity-corrected phi). Test: McNemar, mid-p below
/// FEWEST_FOR_CHI_SQUARE discordant units, else chi-squared without continuity correction.
Difference paired_shares(const PairedCounts& counts, double level = 0.95);
inline constexpr std::size_t FEWEST_FOR_CHI_SQUARE = 25;

/// Shares of two groups without a unit in common. Interval: method 10 of R. G. Newcombe, Stat Med 17 (1998)
/// 873-890. Test: test_shares.
Difference independent_shares(const TwoGroups& groups, double level = 0.95);

/// Mean of `values` where those of one cluster belong together: ratio estimator with the variance K / (K - 1)
/// sum_k (x_k - n_k mean)^2 / N^2 over K clusters, interval and test of mean 0 by Student's t with K - 1
/// degrees of freedom (A. C. Cameron and D. L. Miller, J Hum Resour 50 (2015) 317-372). `cluster` is as long
/// as `values`; with every unit a cluster of its own it is the mean's usual interval.
Difference clustered_mean(std::span<const double> values, std::span<const std::uint32_t> cluster,
                          double level = 0.95);

/// Shares of paired ratings by their differences, 1, 0 or -1 per unit: estimate and interval of
/// clustered_mean (N. A. Obuchowski, Stat Med 17 (1998) 1495-1507, equations 1-4), and her test, equation 6
/// with the variance under equal shares: (K - 1) / K * (sum_k x_k)^2 / sum_k x_k^2 against chi-squared with 1
/// degree of freedom.
Difference clustered_paired(std::span<const double> values, std::span<const std::uint32_t> cluster,
                            double level = 0.95);

/// Mean of the values in the first group minus that of the second, where a cluster may have units in both:
/// each cluster's contribution to the difference is (x_1k - n_1k mean_1) / N_1 - (x_2k - n_2k mean_2) / N_2,
/// and the variance K / (K - 1) times the sum of their squares; Student's t with K - 1 degrees of freedom.
/// Values of units outside both groups are not given. `in_first` is as long as `values`.
Difference clustered_groups(std::span<const double> values, const std::vector<bool>& in_first,
                            std::span<const std::uint32_t> cluster, double level = 0.95);

}  // namespace radbatch
