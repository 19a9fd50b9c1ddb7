// Two independent groups, yes or no: is the share the same?
#pragma once

#include <cstddef>
#include <string>

namespace radbatch {

/// k of n in each of two groups without a unit in common.
struct TwoGroups {
  std::size_t first_yes = 0, first_n = 0;
  std::size_t second_yes = 0, second_n = 0;
};

/// Two-sided Fisher's exact test by Irwin's rule: the sum of the probabilities of all tables with the same
/// margins that are no likelier than the observed one (J. O. Irwin, Metron 12 (1935) 83-94). 1 when a margin
/// is empty.
double fisher_exact_p(const TwoGroups& groups);

struct ShareTest {
  double p = 1;
  std::string test;  ///< "N-1 chi-squared", "Fisher's exact"
};

/// The policy of I. Campbell, Stat Med 26 (2007) 3661-3675: (N - 1)(ad - bc)^2 / (m n r s) against
/// chi-squared with 1 degree of freedom where all expected counts are at least 1, else Fisher's exact test.
ShareTest test_shares(const TwoGroups& groups);

}  // namespace radbatch
