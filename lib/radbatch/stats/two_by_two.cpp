#include "radbatch/stats/two_by_two.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/hypergeometric.hpp>

namespace radbatch {

double fisher_exact_p(const TwoGroups& groups) {
  const std::size_t n = groups.first_n + groups.second_n;
  const std::size_t yes = groups.first_yes + groups.second_yes;
  if (groups.first_n == 0 || groups.second_n == 0 || yes == 0 || yes == n) return 1;
  const boost::math::hypergeometric_distribution<> tables(
      static_cast<unsigned>(yes), static_cast<unsigned>(groups.first_n), static_cast<unsigned>(n));
  const double observed = boost::math::pdf(tables, static_cast<double>(groups.first_yes));
  const std::size_t from = yes > groups.second_n ? yes - groups.second_n : 0;
  const std::size_t to = std::min(yes, groups.first_n);
  double p = 0;
  for (std::size_t k = from; k <= to; ++k) {
    const double probability = boost::math::pdf(tables, static_cast<double>(k));
    // Tables of equal probability differ by rounding only.
    if (probability <= observed * (1 + 1e-7)) p += probability;
  }
  return std::min(1.0, p);
}

ShareTest test_shares(const TwoGroups& groups) {
  const double first = static_cast<double>(groups.first_n);
  const double second = static_cast<double>(groups.second_n);
  const double yes = static_cast<double>(groups.first_yes + groups.second_yes);
  const double n = first + second;
  const double no = n - yes;
  if (n == 0 || std::min(first, second) * std::min(yes, no) < n)
    return {fisher_exact_p(groups), "Fisher's exact"};
  const double a = static_cast<double>(groups.first_yes);
  const double b = first - a;
  const double c = static_cast<double>(groups.second_yes);
  const double d = second - c;
  const double cross = a * d - b * c;
  const double chi_square = (n - 1) * (cross / first / second) * (cross / yes / no);
  return {boost::math::cdf(boost::math::complement(boost::math::chi_squared(1), chi_square)),
          "N-1 chi-squared"};
}

}  // namespace radbatch
