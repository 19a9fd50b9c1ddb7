#include "radbatch/stats/workload.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace radbatch {

std::vector<WorkloadPoint> workload_curve(std::span<const double> scores, const std::vector<bool>& positive) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, std::ranges::greater{}, [&](std::size_t i) { return scores[i]; });
  std::vector<WorkloadPoint> curve;
  std::size_t n_flagged = 0, true_positive = 0;
  for (const std::size_t i : order) {
    if (curve.empty() || curve.back().threshold != scores[i]) curve.push_back({scores[i], 0, 0});
    ++n_flagged;
    true_positive += positive[i] ? 1U : 0U;
    curve.back().n_flagged = n_flagged;
    curve.back().true_positive = true_positive;
  }
  return curve;
}

const WorkloadPoint* point_at_sensitivity(const std::vector<WorkloadPoint>& curve, double sensitivity) {
  if (curve.empty() || curve.back().true_positive == 0) return nullptr;
  // A hair less than the share, so that 0.95 of 20 is 19 whatever binary fractions make of it.
  const double wanted = sensitivity * static_cast<double>(curve.back().true_positive) - 1e-9;
  const auto found = std::ranges::find_if(
      curve, [&](const WorkloadPoint& point) { return static_cast<double>(point.true_positive) >= wanted; });
  return found == curve.end() ? nullptr : &*found;
}

const WorkloadPoint* point_at_flagged(const std::vector<WorkloadPoint>& curve, double share) {
  if (curve.empty()) return nullptr;
  const double most = share * static_cast<double>(curve.back().n_flagged) + 1e-9;
  const WorkloadPoint* last = nullptr;
  for (const WorkloadPoint& point : curve) {
    if (static_cast<double>(point.n_flagged) > most) break;
    last = &point;
  }
  return last;
}

}  // namespace radbatch
