#include "radbatch/stats/net_benefit.hpp"

#include <algorithm>

#include "radbatch/stats/clustered_error.hpp"

namespace radbatch {

DecisionCurve::DecisionCurve(std::span<const double> scores, const std::vector<bool>& positive,
                             std::vector<double> thresholds)
    : thresholds_(std::move(thresholds)) {
  cell_.reserve(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto reached = std::ranges::upper_bound(thresholds_, scores[i]) - thresholds_.begin();
    cell_.push_back(static_cast<std::uint32_t>(2 * reached + (positive[i] ? 1 : 0)));
  }
}

std::vector<NetBenefit> DecisionCurve::of_cells(std::span<const double> cell_counts) const {
  double n_with = 0, n_without = 0;
  for (std::size_t cell = 0; cell < cell_counts.size(); ++cell)
    (cell % 2 == 1 ? n_with : n_without) += cell_counts[cell];
  const double n = n_with + n_without;
  std::vector<NetBenefit> points(thresholds_.size());
  double true_positive = 0, false_positive = 0;
  for (std::size_t k = thresholds_.size(); k-- > 0;) {
    false_positive += cell_counts[2 * (k + 1)];
    true_positive += cell_counts[2 * (k + 1) + 1];
    const double odds = thresholds_[k] / (1 - thresholds_[k]);
    points[k] = {thresholds_[k], true_positive, false_positive, (true_positive - false_positive * odds) / n,
                 (n_with - n_without * odds) / n};
  }
  return points;
}

std::vector<NetBenefit> DecisionCurve::points() const {
  std::vector<double> counts(n_cells());
  for (const std::uint32_t cell : cell_) ++counts[cell];
  return of_cells(counts);
}

std::vector<Bootstrapped> DecisionCurve::bootstrapped(const BootstrapPlan& plan,
                                                      std::span<const std::uint32_t> cluster) const {
  const CellUnits units{cell_, {cluster.begin(), cluster.end()}, n_cells()};
  return bootstrap_cells(plan, units, 3 * thresholds_.size(),
                         [&](std::span<const double> counts, std::span<double> values) {
                           std::size_t at = 0;
                           for (const NetBenefit& point : of_cells(counts)) {
                             values[at++] = point.model;
                             values[at++] = point.treat_all;
                             values[at++] = point.model - point.treat_all;
                           }
                         });
}

std::vector<DecisionCurve::Errors> DecisionCurve::errors(std::span<const std::uint32_t> cluster) const {
  std::vector<Errors> result;
  const double n = static_cast<double>(cell_.size());
  const std::vector<NetBenefit> all = points();
  for (std::size_t k = 0; k < thresholds_.size(); ++k) {
    const double odds = thresholds_[k] / (1 - thresholds_[k]);
    std::vector<double> model, treat_all, difference;
    for (const std::uint32_t cell : cell_) {
      const double gain = cell % 2 == 1 ? 1 : -odds;
      model.push_back(((cell / 2 > k ? gain : 0) - all[k].model) / n);
      treat_all.push_back((gain - all[k].treat_all) / n);
      difference.push_back(model.back() - treat_all.back());
    }
    result.push_back({clustered_error(model, cluster), clustered_error(treat_all, cluster),
                      clustered_error(difference, cluster)});
  }
  return result;
}

}  // namespace radbatch
