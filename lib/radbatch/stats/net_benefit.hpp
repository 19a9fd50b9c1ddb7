// Decision curves: is acting on the score better than acting on all, or on none?
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "radbatch/stats/bootstrap.hpp"
#include "radbatch/stats/interval.hpp"

namespace radbatch {

/// At threshold t a false positive weighs t / (1 - t) of a true one: net benefit = TP / n - FP / n * t / (1 -
/// t) (Vickers and Elkin, Med Decis Making 26 (2006) 565-574). Acting on none is 0.
struct NetBenefit {
  double threshold = 0;
  double true_positive = 0, false_positive = 0;  ///< units called (score >= threshold), or their weights
  double model = 0;
  double treat_all = 0;

  /// False positives fewer per 100 units than with treat-all, at the same benefit (Vickers and Elkin, 2006).
  double avoided_per_100() const { return 100 * (model - treat_all) * (1 - threshold) / threshold; }
};

/// Counts the units once by what their scores reach.
class DecisionCurve {
 public:
  /// `thresholds` ascend within (0, 1).
  DecisionCurve(std::span<const double> scores, const std::vector<bool>& positive,
                std::vector<double> thresholds);

  std::vector<NetBenefit> points() const;
  /// Per threshold three numbers: net benefit, that of treat-all, and their difference. `cluster` is empty or
  /// one per unit. Costs the same for any number of units that stand alone.
  std::vector<Bootstrapped> bootstrapped(const BootstrapPlan& plan,
                                         std::span<const std::uint32_t> cluster) const;
  /// Standard errors of the net benefit, and of its difference to treat-all, without resampling: net benefit
  /// is a mean over the units (Marsh, Janes and Pepe, Biometrics 76 (2020) 843-852), by cluster.
  struct Errors {
    std::optional<double> model, treat_all, difference;
  };
  std::vector<Errors> errors(std::span<const std::uint32_t> cluster) const;
  const std::vector<double>& thresholds() const { return thresholds_; }

 private:
  /// A unit's cell: twice the thresholds that its score reaches, one more with the finding.
  std::vector<NetBenefit> of_cells(std::span<const double> cell_counts) const;
  std::size_t n_cells() const { return 2 * (thresholds_.size() + 1); }

  std::vector<double> thresholds_;
  std::vector<std::uint32_t> cell_;  ///< [unit]
};

}  // namespace radbatch
