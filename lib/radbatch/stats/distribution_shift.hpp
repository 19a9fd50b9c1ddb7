// How far a sample has moved from a reference: population stability index and Wasserstein distance.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace radbatch {

struct StabilityIndex {
  double value = 0;
  std::size_t n_bins = 0;  ///< that hold a value of either sample
  /// What samples of these sizes from one distribution stay below 95 times of 100; missing with one bin.
  std::optional<double> by_chance;
};

/// Population stability index of two rows of counts, sum (q - p) ln(q / p) over bins (S. Kullback's
/// divergence J, Ann Math Stat 22 (1951) 79-86; as a scorecard's index N. Siddiqi, Credit Risk Scorecards,
/// Wiley 2006). A bin that one sample leaves empty counts as half a unit there, so that it stays finite; one
/// that both leave empty is no bin. By chance: the index times 1 / (1/n + 1/m) follows chi-squared with bins
/// - 1 degrees of freedom (B. Yurdakul, Statistical Properties of Population Stability Index, Western
/// Michigan University 2018). Rows are as long; no value when one of them is empty throughout.
std::optional<StabilityIndex> stability_index(std::span<const std::size_t> reference,
                                              std::span<const std::size_t> sample);

/// Upper bounds, inclusive, of bins between the reference's quantiles (linear between order statistics),
/// ascending; the last bin has none. A value that fills a whole bin gets one of its own, so that a shift to
/// either side of it shows. `reference` has values.
std::vector<double> quantile_bins(std::span<const double> reference, std::size_t n_bins = 10);
std::vector<std::size_t> count_in_bins(std::span<const double> values, std::span<const double> bounds);

/// The area between the two cumulative distributions: what it costs to move one into the other, in the unit
/// of the values (L. V. Kantorovich; for one dimension S. S. Vallender, Theory Probab Appl 18 (1974)
/// 784-786). Both have values, all finite.
double wasserstein_distance(std::span<const double> first, std::span<const double> second);

/// Quantile between order statistics, linear (type 7 of R. J. Hyndman and Y. Fan, Am Stat 50 (1996) 361-365).
/// `sorted` has values and ascends.
double sorted_quantile(std::span<const double> sorted, double share);

}  // namespace radbatch
