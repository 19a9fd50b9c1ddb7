// Intervals of any number by drawing patients again: nonparametric bootstrap of clusters.
//
// A resample is not a copy of data but how often each cluster was drawn. A metric is a function of these
// counts; what it needs (scores in order) is prepared once, so a resample costs one pass and no sort. The
// random numbers are a function of the seed, the resample and the draw: results do not depend on threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/stats/interval.hpp"

namespace radbatch {

/// [cluster] how often it was drawn.
using ClusterCounts = std::span<const std::uint32_t>;

/// Fills in all metrics under these counts; NaN where one is not defined. Called by several threads at once.
using WeightedMetrics = std::function<void(ClusterCounts counts, std::span<double> values)>;

enum class BootstrapInterval {
  bca,         ///< bias-corrected and accelerated: Efron, J Am Stat Assoc 82 (1987) 171-185
  percentile,  ///< Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3
};

struct BootstrapPlan {
  std::size_t n_resamples = 2000;
  std::uint64_t seed = 0;
  std::size_t threads = 1;
  double level = 0.95;
  BootstrapInterval interval = BootstrapInterval::bca;
  std::string drawn = "patients";  ///< what the clusters are, for the method's name
};

/// A metric of the data as they are, and what the resamples say of it.
struct Bootstrapped {
  std::optional<double> value;
  std::optional<double> standard_error;
  std::optional<Interval> interval;  ///< "bootstrap BCa, 2,000 resamples of patients"
  std::size_t n_defined = 0;         ///< resamples in which the metric has a value
  /// Share of resamples on the other side of zero, doubled: a two-sided p of "it is zero" by inverting the
  /// percentile interval; (r + 1) / (n + 1), so never 0. For differences.
  std::optional<double> p_zero;
  std::string why_not;  ///< no interval: one cluster, no spread, too many resamples without a value
};

/// `n_values` numbers at once, of the same resamples. BCa's acceleration comes from leaving out one cluster
/// at a time; with more than 400 clusters, one of 400 groups of them (its expectation is the same). Where BCa
/// is not possible (all resamples on one side of the value, no acceleration) the interval is the percentile
/// one and says so.
std::vector<Bootstrapped> bootstrap(const BootstrapPlan& plan, std::size_t n_clusters, std::size_t n_values,
                                    const WeightedMetrics& metrics);

/// The difference a - b of each number, both on the same resamples: paired.
std::vector<Bootstrapped> bootstrap_differences(const BootstrapPlan& plan, std::size_t n_clusters,
                                                std::size_t n_values, const WeightedMetrics& a,
                                                const WeightedMetrics& b);

/// Units of few kinds, such as the four cells of a table of truth against decision.
struct CellUnits {
  std::vector<std::uint32_t> cell;     ///< of each unit
  std::vector<std::uint32_t> cluster;  ///< of each unit; empty: each is its own
  std::size_t n_cells = 0;
};

/// Fills in all metrics of these counts per cell.
using CellMetrics = std::function<void(std::span<const double> cell_counts, std::span<double> values)>;

/// The same for numbers that depend on counts per cell only. Clusters with equal counts are drawn together
/// (multinomially), and the acceleration is exact: a million units cost what a hundred do.
std::vector<Bootstrapped> bootstrap_cells(const BootstrapPlan& plan, const CellUnits& units,
                                          std::size_t n_values, const CellMetrics& metrics);

/// Clusters numbered from 0 without gaps, in order of first appearance.
struct CompactClusters {
  std::vector<std::uint32_t> cluster;
  std::size_t n_clusters = 0;
};
CompactClusters compact_clusters(std::span<const std::uint32_t> cluster);

/// How often each of counts.size() clusters is drawn in resample number `resample`.
void draw_clusters(std::uint64_t seed, std::uint64_t resample, std::span<std::uint32_t> counts);

}  // namespace radbatch
