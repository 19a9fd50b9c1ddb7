#include "radbatch/stats/weighted_metrics.hpp"

#include <array>
#include <limits>

namespace radbatch {
namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
}

WeightedScores::WeightedScores(const RankedScores& ranked, std::span<const std::uint32_t> cluster)
    : coded_(ranked.size()), group_end_(ranked.group_end) {
  for (std::size_t i = 0; i < coded_.size(); ++i)
    coded_[i] = cluster[ranked.unit[i]] * 2 + ranked.positive[i];
  for (const std::uint32_t code : coded_)
    if ((code & 1U) != 0) positive_clusters_.push_back(code >> 1U);
}

std::uint64_t WeightedScores::positives(ClusterCounts counts) const {
  std::uint64_t n = 0;
  for (const std::uint32_t cluster : positive_clusters_) n += counts[cluster];
  return n;
}

double WeightedScores::auroc(ClusterCounts counts) const {
  if (group_end_.size() != coded_.size()) return auroc_of_groups(counts);
  // Without ties, and so without branches: what bootstraps of continuous scores spend their time in.
  std::uint64_t wins = 0, positives = 0, total = 0;
  for (const std::uint32_t code : coded_) {
    const std::uint64_t weight = counts[code >> 1U];
    const std::uint64_t positive = weight & (0 - std::uint64_t{code & 1U});
    wins += (weight - positive) * positives;
    positives += positive;
    total += weight;
  }
  if (positives == 0 || positives == total) return nan;
  return static_cast<double>(wins) / static_cast<double>(positives) / static_cast<double>(total - positives);
}

double WeightedScores::auroc_of_groups(ClusterCounts counts) const {
  std::uint64_t half_wins = 0, positives = 0, total = 0;
  std::size_t i = 0;
  for (const std::uint32_t end : group_end_) {
    std::uint64_t of_group = 0, positive_of_group = 0;
    for (; i < end; ++i) {
      const std::uint64_t weight = counts[coded_[i] >> 1U];
      of_group += weight;
      positive_of_group += weight & (0 - std::uint64_t{coded_[i] & 1U});
    }
    half_wins += (of_group - positive_of_group) * (2 * positives + positive_of_group);
    positives += positive_of_group;
    total += of_group;
  }
  if (positives == 0 || positives == total) return nan;
  return 0.5 * static_cast<double>(half_wins) / static_cast<double>(positives) /
         static_cast<double>(total - positives);
}

double WeightedScores::average_precision(ClusterCounts counts) const {
  double sum = 0;
  std::uint64_t positives = 0, total = 0;
  std::size_t i = 0;
  for (const std::uint32_t end : group_end_) {
    std::uint64_t positive_of_group = 0;
    for (; i < end; ++i) {
      const std::uint64_t weight = counts[coded_[i] >> 1U];
      total += weight;
      positive_of_group += weight & (0 - std::uint64_t{coded_[i] & 1U});
    }
    if (positive_of_group == 0) continue;
    positives += positive_of_group;
    sum +=
        static_cast<double>(positive_of_group) * static_cast<double>(positives) / static_cast<double>(total);
  }
  return positives == 0 ? nan : sum / static_cast<double>(positives);
}

WeightedTable::WeightedTable(const DecidedUnits& units) : coded_(units.size()) {
  for (std::size_t i = 0; i < coded_.size(); ++i) {
    const std::uint32_t cluster = units.cluster.empty() ? static_cast<std::uint32_t>(i) : units.cluster[i];
    coded_[i] = cluster * 4 + (units.truth[i] ? 2U : 0U) + (units.decision[i] ? 1U : 0U);
  }
}

TableCounts WeightedTable::counts(ClusterCounts counts) const {
  std::array<std::uint64_t, 4> cells{};
  for (const std::uint32_t code : coded_) cells[code & 3U] += counts[code >> 2U];
  return {static_cast<double>(cells[3]), static_cast<double>(cells[1]), static_cast<double>(cells[0]),
          static_cast<double>(cells[2])};
}

}  // namespace radbatch
