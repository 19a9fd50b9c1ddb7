// Scores of one finding in order: sorted once, then every curve, area and resample is one pass over them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace radbatch {

/// Scores from the highest down; equal ones form a group and are never told apart.
struct RankedScores {
  std::vector<double> scores;            ///< descending
  std::vector<std::uint32_t> unit;       ///< of each, its position in the input
  std::vector<std::uint8_t> positive;    ///< of each, 0/1
  std::vector<std::uint32_t> group_end;  ///< one past the last of each group of equal scores
  std::size_t n_positive = 0;

  std::size_t size() const { return scores.size(); }
  std::size_t n_negative() const { return scores.size() - n_positive; }
};

/// `positive` is as long as `scores`; no score is NaN, infinities are allowed. O(n): radix sort, units of
/// equal score in the order of the input. Fewer than 2^32 units.
RankedScores rank_scores(std::span<const double> scores, const std::vector<bool>& positive);

/// What is called positive at a score of a group and above, group by group from the highest.
struct CalledCounts {
  double threshold = 0;  ///< called positive when score >= threshold
  std::size_t true_positive = 0, false_positive = 0;
};
std::vector<CalledCounts> called_counts(const RankedScores& ranked);

}  // namespace radbatch
