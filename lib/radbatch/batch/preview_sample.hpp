// Which cases of a cohort are looked at: a sample by seed, and the extremes, where faults of preparation show
// first.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace radbatch {

/// What a case's image looks like from its header; nothing where that is not known.
struct PreviewFacts {
  std::optional<double> finest_mm, coarsest_mm;  ///< smallest and largest spacing
  std::optional<double> n_voxels;
};

/// Depends on the seen cases and the seed only, not on their order: shards of a cohort that all see the whole
/// of it choose the same. Where cases come one by one, a case is chosen while no later one has taken its
/// place.
class PreviewSample {
 public:
  PreviewSample(std::size_t size, std::uint64_t seed) : size_(size), seed_(seed) {}

  void see(const std::string& case_id, const PreviewFacts& facts);
  bool has(const std::string& case_id) const { return !why(case_id).empty(); }
  /// "sample", "finest spacing", "coarsest spacing", "fewest voxels", "most voxels"; of equal extremes the
  /// case whose id comes first. Empty: not chosen.
  std::vector<std::string> why(const std::string& case_id) const;

 private:
  using Extreme = std::optional<std::pair<double, std::string>>;

  std::size_t size_;
  std::uint64_t seed_;
  std::set<std::pair<std::string, std::string>> sample_;  ///< the smallest digests of seed and id
  std::array<Extreme, 4> extremes_;                       ///< smallest of value or negated value, then of id
};

}  // namespace radbatch
