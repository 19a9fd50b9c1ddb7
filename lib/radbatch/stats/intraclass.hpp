// Intraclass correlation: how far numbers that several raters gave the same targets can stand for each other.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "radbatch/stats/interval.hpp"

namespace radbatch {

/// Mean squares of the two-way layout of n targets and k raters, one number each.
struct TwoWay {
  double n = 0, k = 0;
  double targets = 0;   ///< between targets, n - 1 degrees of freedom
  double raters = 0;    ///< between raters, k - 1
  double residual = 0;  ///< (n - 1)(k - 1)
};

struct Intraclass {
  Estimate agreement;    ///< ICC(2,1): two-way random, absolute agreement; McGraw and Wong's ICC(A,1)
  Estimate consistency;  ///< ICC(3,1): two-way mixed, consistency; ICC(C,1)
};

/// P. E. Shrout and J. L. Fleiss, Psychol Bull 86 (1979) 420-428; exact F interval of the consistency form,
/// Satterthwaite's of the agreement form from K. O. McGraw and S. P. Wong, Psychol Methods 1 (1996) 30-46,
/// table 7. `ratings` is [target][rater] in C order, all finite, n_raters >= 2. No value with fewer than two
/// targets or when nothing varies; `why_not` says which.
Intraclass intraclass(std::span<const double> ratings, std::size_t n_raters, double level = 0.95);

TwoWay two_way(std::span<const double> ratings, std::size_t n_raters);
/// The two coefficients of given mean squares; nothing where the denominator is 0.
std::optional<double> icc_agreement(const TwoWay& squares);
std::optional<double> icc_consistency(const TwoWay& squares);

}  // namespace radbatch
