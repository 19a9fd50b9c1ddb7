#include "radbatch/stats/group_balance.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

namespace radbatch {
namespace {

double sum(std::span<const std::size_t> counts) {
  return static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::size_t{0}));
}

struct Moments {
  double mean = 0, variance = 0;
};

Moments moments(std::span<const double> values) {
  Moments result;
  const double n = static_cast<double>(values.size());
  for (const double value : values) result.mean += value / n;
  for (const double value : values)
    result.variance += (value - result.mean) * (value - result.mean) / (n - 1);
  return result;
}

/// x' A^-1 x of a symmetric positive definite A by its Cholesky factor; no value where A is singular.
std::optional<double> quadratic_form(std::vector<std::vector<double>> a, std::vector<double> x) {
  double form = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double diagonal = a[i][i];
    for (std::size_t k = 0; k < i; ++k) {
      a[i][i] -= a[i][k] * a[i][k];
      x[i] -= a[i][k] * x[k];
    }
    if (!(a[i][i] > 1e-12 * diagonal)) return std::nullopt;
    a[i][i] = std::sqrt(a[i][i]);
    x[i] /= a[i][i];
    form += x[i] * x[i];
    for (std::size_t row = i + 1; row < x.size(); ++row) {
      for (std::size_t k = 0; k < i; ++k) a[row][i] -= a[row][k] * a[i][k];
      a[row][i] /= a[i][i];
    }
  }
  return form;
}

}  // namespace

std::optional<double> standardised_difference(std::span<const double> first, std::span<const double> second) {
  if (first.size() < 2 || second.size() < 2) return std::nullopt;
  const Moments a = moments(first);
  const Moments b = moments(second);
  const double spread = std::sqrt((a.variance + b.variance) / 2);
  if (a.mean == b.mean) return 0;
  if (!(spread > 0)) return std::nullopt;
  return (a.mean - b.mean) / spread;
}

std::optional<double> standardised_difference(std::span<const std::size_t> first,
                                              std::span<const std::size_t> second) {
  const double n = sum(first);
  const double m = sum(second);
  if (n == 0 || m == 0) return std::nullopt;
  std::vector<std::pair<double, double>> shares;
  for (std::size_t level = 0; level < first.size(); ++level)
    if (first[level] + second[level] > 0)
      shares.emplace_back(static_cast<double>(first[level]) / n, static_cast<double>(second[level]) / m);
  shares.pop_back();  // the last share follows from the others
  std::vector<double> apart;
  std::vector<std::vector<double>> covariance(shares.size(), std::vector<double>(shares.size()));
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const auto [p, q] = shares[i];
    apart.push_back(p - q);
    for (std::size_t k = 0; k < shares.size(); ++k)
      covariance[i][k] = ((i == k ? p + q : 0) - p * shares[k].first - q * shares[k].second) / 2;
  }
  if (std::ranges::all_of(apart, [](double gap) { return gap == 0; })) return 0;
  const std::optional<double> squared = quadratic_form(std::move(covariance), std::move(apart));
  return squared ? std::optional(std::sqrt(*squared)) : std::nullopt;
}

std::optional<ChiSquared> chi_squared(std::span<const std::size_t> first,
                                      std::span<const std::size_t> second) {
  const double n = sum(first);
  const double m = sum(second);
  if (n == 0 || m == 0) return std::nullopt;
  ChiSquared result;
  result.smallest_expected = n + m;
  std::size_t levels = 0;
  for (std::size_t level = 0; level < first.size(); ++level) {
    const double both = static_cast<double>(first[level] + second[level]);
    if (both == 0) continue;
    ++levels;
    for (const auto& [observed, share] : {std::pair{first[level], n}, std::pair{second[level], m}}) {
      const double expected = both * share / (n + m);
      const double apart = static_cast<double>(observed) - expected;
      result.statistic += apart * apart / expected;
      result.smallest_expected = std::min(result.smallest_expected, expected);
    }
  }
  if (levels < 2) return std::nullopt;
  result.degrees = levels - 1;
  result.p = boost::math::cdf(boost::math::complement(
      boost::math::chi_squared(static_cast<double>(result.degrees)), result.statistic));
  return result;
}

}  // namespace radbatch
