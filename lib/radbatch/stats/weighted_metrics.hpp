// Areas and tables under the weights of a resample, one pass over scores that were ranked once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "radbatch/stats/binary_metrics.hpp"
#include "radbatch/stats/bootstrap.hpp"
#include "radbatch/stats/ranked_scores.hpp"

namespace radbatch {

/// Scores of one finding in order, each with its cluster: for `weighted_auroc` and its like.
class WeightedScores {
 public:
  /// `cluster` gives the cluster of each unit of the input of `rank_scores`, fewer than 2^31.
  WeightedScores(const RankedScores& ranked, std::span<const std::uint32_t> cluster);

  /// Area under the ROC curve; NaN when the weights leave a class empty.
  double auroc(ClusterCounts counts) const;
  /// Average precision; NaN when the weights leave no positive unit.
  double average_precision(ClusterCounts counts) const;
  /// Positive units under the weights.
  std::uint64_t positives(ClusterCounts counts) const;

 private:
  double auroc_of_groups(ClusterCounts counts) const;

  std::vector<std::uint32_t> coded_;  ///< cluster * 2 + positive, from the highest score down
  std::vector<std::uint32_t> group_end_;
  std::vector<std::uint32_t> positive_clusters_;  ///< of each positive unit
};

/// Truth and decision of one finding's units with their clusters.
class WeightedTable {
 public:
  explicit WeightedTable(const DecidedUnits& units);

  TableCounts counts(ClusterCounts counts) const;

 private:
  std::vector<std::uint32_t> coded_;  ///< cluster * 4 + truth * 2 + decision
};

}  // namespace radbatch
