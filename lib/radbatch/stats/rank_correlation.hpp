// Correlation of ranks: does one number rise with the other, on whatever scale.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "radbatch/stats/interval.hpp"

namespace radbatch {

/// Spearman's rho, Pearson's correlation of mid-ranks (C. Spearman, Am J Psychol 15 (1904) 72-101). Sorts
/// once; every further weighting of the same values costs O(n).
class Spearman {
 public:
  /// x and y are finite and as long as each other.
  Spearman(std::span<const double> x, std::span<const double> y);
  /// As if unit i were there weights[i] times; empty: once each. No value where one side does not vary.
  std::optional<double> correlation(std::span<const double> weights = {}) const;

 private:
  std::vector<double> x_, y_;
  std::vector<std::uint32_t> order_x_, order_y_;
};

/// Kendall's tau-b, which corrects for ties (M. G. Kendall, Biometrika 33 (1945) 239-251), in O(n log n) by
/// the method of W. R. Knight, J Am Stat Assoc 61 (1966) 436-439. No value where one side does not vary.
std::optional<double> kendall_tau_b(std::span<const double> x, std::span<const double> y);

/// The same of a table counts[x * n_columns + y] of grades, whose counts may be weights.
std::optional<double> kendall_tau_b(std::span<const double> counts, std::size_t n_columns);

/// tanh(atanh(r) +- z se): Fisher's z with se = sqrt(1/(n-3)) for Pearson's r; D. G. Bonett and T. A. Wright,
/// Psychometrika 65 (2000) 23-28, give sqrt((1 + r^2/2)/(n-3)) for Spearman's rho and sqrt(0.437/(n-4)) for
/// Kendall's tau. Nothing where n is too small or |r| is 1.
std::optional<Interval> pearson_interval(double r, std::size_t n, double level);
std::optional<Interval> spearman_interval(double rho, std::size_t n, double level);
std::optional<Interval> kendall_interval(double tau, std::size_t n, double level);

}  // namespace radbatch
