// Two ratings of the same units: do they say yes equally often?
#pragma once

#include <cstddef>
#include <optional>

namespace radbatch {

/// Units by what a first and a second rating say of them.
struct PairedCounts {
  std::size_t both = 0;         ///< yes by both
  std::size_t only_first = 0;   ///< yes by the first only
  std::size_t only_second = 0;  ///< yes by the second only
  std::size_t neither = 0;

  void add(bool first, bool second);
  std::size_t total() const { return both + only_first + only_second + neither; }
  std::size_t discordant() const { return only_first + only_second; }
};

struct McnemarTest {
  double exact_p = 1;  ///< two-sided binomial
  double mid_p = 1;
  std::optional<double> chi_square;    ///< without continuity correction; missing without discordant units
  std::optional<double> asymptotic_p;  ///< of chi_square, 1 degree of freedom
};

/// McNemar's test, Psychometrika 12 (1947) 153-157. Exact: of n discordant units the smaller count k, p = 2
/// P(X <= k), X ~ Binomial(n, 1/2). mid-p takes half of the observed table's probability, as Fagerland,
/// Lydersen and Laake, BMC Med Res Methodol 13 (2013) 91, recommend: it keeps the level without the exact
/// test's loss of power. chi-square = (b - c)^2 / (b + c).
McnemarTest mcnemar(std::size_t only_first, std::size_t only_second);

}  // namespace radbatch
