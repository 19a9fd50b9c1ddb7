// How well a score ranks cases that have a finding above cases that have not.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/stats/interval.hpp"

namespace radbatch {

/// `value` is missing when there is no pair to rank, `interval` when its variance cannot be estimated;
/// `why_not` says which of these and why.
struct Auroc {
  std::size_t n_positive = 0;
  std::size_t n_negative = 0;
  std::optional<double> value;
  std::optional<double> standard_error;
  std::optional<Interval> interval;
  std::string why_not;
};

/// Area under the ROC curve (Mann-Whitney, ties count one half) with the variance of DeLong, DeLong and
/// Clarke-Pearson, Biometrics 44 (1988) 837-845, by the mid-ranks of Sun and Xu, IEEE Signal Process Lett 21
/// (2014) 1389-1393, in O(n log n). The interval is made on the logit scale, logit(A) +- z se / (A (1 - A)),
/// and so stays inside (0, 1) (Pepe, The Statistical Evaluation of Medical Tests, 2003, section 5.2.4).
/// Scores are finite; `positive` is as long.
Auroc auroc(std::span<const double> scores, const std::vector<bool>& positive, double level = 0.95);

struct RocPoint {
  double threshold = 0;  ///< called positive when score >= threshold; infinity for the first point
  double false_positive_rate = 0;
  double true_positive_rate = 0;
};

/// Corners of the empirical ROC curve from (0, 0) to (1, 1), points on straight stretches left out. Empty
/// when one of the two classes is.
std::vector<RocPoint> roc_curve(std::span<const double> scores, const std::vector<bool>& positive);

}  // namespace radbatch
