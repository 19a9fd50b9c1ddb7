// How well a score ranks cases that have a finding above cases that have not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/stats/interval.hpp"
#include "radbatch/stats/ranked_scores.hpp"

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

/// In 2,000 simulations of 100 cases, 10 with the finding, the 95 % interval of DeLong on the logit scale
/// held the true area 92.4 % of the time, Newcombe's method 5 96.0 %; with 50 of each class both did, 95.3
/// and 95.2 (tests/bench/bench_statistics.cpp).
inline constexpr std::size_t FEWEST_FOR_DELONG = 20;

/// Area under the ROC curve (Mann-Whitney, ties count one half) with the variance of DeLong, DeLong and
/// Clarke-Pearson, Biometrics 44 (1988) 837-845, after one sort as in Sun and Xu, IEEE Signal Process Lett 21
/// (2014) 1389-1393: O(n). The interval is made on the logit scale, logit(A) +- z se / (A (1 - A)), and so
/// stays inside (0, 1) (Pepe, The Statistical Evaluation of Medical Tests, 2003, section 5.2.4). Where it
/// covers too little, with fewer than FEWEST_FOR_DELONG cases of a class, and for a perfect ranking, which
/// has no such variance, the interval is `newcombe_auroc_interval`. One case of a class: no interval.
Auroc auroc(const RankedScores& ranked, double level = 0.95);
Auroc auroc(std::span<const double> scores, const std::vector<bool>& positive, double level = 0.95);

/// The same where units of one cluster (a patient) are not independent: variance of Obuchowski, Biometrics 53
/// (1997) 567-578; with one unit per cluster it is DeLong's. `cluster` gives the cluster of each unit of the
/// input of `rank_scores`, any numbers below `n_clusters`. Fewer than two clusters with positive units, or
/// with negative ones: no interval.
Auroc clustered_auroc(const RankedScores& ranked, std::span<const std::uint32_t> cluster,
                      std::size_t n_clusters, double level = 0.95);

/// Interval of an area when only the numbers of the classes are known: the areas at whose variance, Hanley
/// and McNeil's with both numbers replaced by their mean, the estimate lies z standard errors away; Newcombe,
/// Stat Med 25 (2006) 559-573, method 5. Never empty, also for 0 and 1.
Interval newcombe_auroc_interval(double value, std::size_t n_positive, std::size_t n_negative,
                                 double level = 0.95);

/// Areas of several scores of the same units and the covariances of their estimates.
struct PairedAuroc {
  std::size_t n_positive = 0;
  std::size_t n_negative = 0;
  std::vector<double> values;                   ///< [score]; empty when a class is
  std::vector<std::vector<double>> covariance;  ///< [score][score]; empty when it cannot be estimated
  std::string why_not;
};

/// DeLong 1988; with clusters Obuchowski 1997. scores[s][unit]; `cluster` is empty or as long as `positive`.
/// The difference a - b has variance c[a][a] + c[b][b] - 2 c[a][b].
PairedAuroc paired_auroc(std::span<const std::vector<double>> scores, const std::vector<bool>& positive,
                         std::span<const std::uint32_t> cluster = {});

struct RocPoint {
  double threshold = 0;  ///< called positive when score >= threshold; infinity for the first point
  double false_positive_rate = 0;
  double true_positive_rate = 0;
};

/// Corners of the empirical ROC curve from (0, 0) to (1, 1), points on straight stretches left out. Empty
/// when one of the two classes is.
std::vector<RocPoint> roc_curve(const RankedScores& ranked);
std::vector<RocPoint> roc_curve(std::span<const double> scores, const std::vector<bool>& positive);

}  // namespace radbatch
