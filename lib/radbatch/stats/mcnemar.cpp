#include "radbatch/stats/mcnemar.hpp"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>

namespace radbatch {

void PairedCounts::add(bool first, bool second) {
  ++(first ? (second ? both : only_first) : (second ? only_second : neither));
}

McnemarTest mcnemar(std::size_t only_first, std::size_t only_second) {
  McnemarTest test;
  const double b = static_cast<double>(only_first);
  const double c = static_cast<double>(only_second);
  if (only_first + only_second == 0) return test;
  const boost::math::binomial_distribution<> fair(b + c, 0.5);
  const double smaller = std::min(b, c);
  const double observed = boost::math::pdf(fair, smaller);
  test.exact_p = std::min(1.0, 2 * boost::math::cdf(fair, smaller));
  // With b = c the two tails share the observed table, which would be counted twice.
  test.mid_p = only_first == only_second ? 1 - observed / 2 : test.exact_p - observed;
  test.chi_square = (b - c) * (b - c) / (b + c);
  test.asymptotic_p =
      boost::math::cdf(boost::math::complement(boost::math::chi_squared(1), *test.chi_square));
  return test;
}

}  // namespace radbatch
