// How many studies are flagged for how many findings found: a triage tool's cost.
#pragma once

#include <span>
#include <vector>

namespace radbatch {

/// All units with at least this score are flagged.
struct WorkloadPoint {
  double threshold = 0;
  std::size_t n_flagged = 0;
  std::size_t true_positive = 0;

  /// Flagged studies read for each one that has the finding; 0 when none has.
  double reads_per_true_positive() const {
    return true_positive == 0 ? 0 : static_cast<double>(n_flagged) / static_cast<double>(true_positive);
  }
};

/// One point per distinct score, from the highest down: flagging more and more.
std::vector<WorkloadPoint> workload_curve(std::span<const double> scores, const std::vector<bool>& positive);

/// The point with the fewest flagged that finds at least this share of the positives; there is always one
/// when the curve has a positive.
const WorkloadPoint* point_at_sensitivity(const std::vector<WorkloadPoint>& curve, double sensitivity);
/// The point with the most flagged that flags at most this share of all units; nothing when even the highest
/// score is shared by more.
const WorkloadPoint* point_at_flagged(const std::vector<WorkloadPoint>& curve, double share);

}  // namespace radbatch
