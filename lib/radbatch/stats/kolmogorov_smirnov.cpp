#include "radbatch/stats/kolmogorov_smirnov.hpp"

#include <algorithm>
#include <boost/math/constants/constants.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

namespace radbatch {
namespace {

struct Pooled {
  std::vector<bool> ends_tie;    ///< [k] the first k pooled values end at a step of the distributions
  std::int64_t largest_gap = 0;  ///< max |i m - j n|, an exact whole number
};

Pooled pool(std::span<const double> first, std::span<const double> second) {
  std::vector<double> a(first.begin(), first.end());
  std::vector<double> b(second.begin(), second.end());
  std::ranges::sort(a);
  std::ranges::sort(b);
  const auto n = static_cast<std::int64_t>(a.size());
  const auto m = static_cast<std::int64_t>(b.size());
  Pooled pooled{std::vector<bool>(a.size() + b.size() + 1), 0};
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    const double value = j == b.size() || (i < a.size() && a[i] <= b[j]) ? a[i] : b[j];
    while (i < a.size() && a[i] == value) ++i;
    while (j < b.size() && b[j] == value) ++j;
    pooled.ends_tie[i + j] = true;
    const std::int64_t gap = static_cast<std::int64_t>(i) * m - static_cast<std::int64_t>(j) * n;
    pooled.largest_gap = std::max(pooled.largest_gap, std::abs(gap));
  }
  return pooled;
}

/// The share of lattice paths from (0, 0) to (n, m) that touch the gap where the pooled values step. Adding
/// up the paths that touch it, not those that do not, keeps small probabilities exact.
double share_of_paths_outside(const Pooled& pooled, std::size_t n, std::size_t m) {
  auto is_outside = [&](std::size_t i, std::size_t j) {
    const std::int64_t gap = static_cast<std::int64_t>(i * m) - static_cast<std::int64_t>(j * n);
    return std::abs(gap) >= pooled.largest_gap && pooled.ends_tie[i + j];
  };
  std::vector<double> outside(m + 1);
  for (std::size_t j = 1; j <= m; ++j) outside[j] = is_outside(0, j) ? 1 : outside[j - 1];
  for (std::size_t i = 1; i <= n; ++i) {
    if (is_outside(i, 0)) outside[0] = 1;
    for (std::size_t j = 1; j <= m; ++j) {
      const double from_first = static_cast<double>(i) / static_cast<double>(i + j);
      outside[j] = is_outside(i, j) ? 1 : from_first * outside[j] + (1 - from_first) * outside[j - 1];
    }
  }
  return outside[m];
}

}  // namespace

double kolmogorov_survival(double x) {
  if (x <= 0) return 1;
  double sum = 0;
  if (x < 1) {  // the series in exp(-x^2) converges slowly here; this is its other form
    const double step = boost::math::constants::pi<double>() / x;
    for (int k = 1; k < 20; k += 2) sum += std::exp(-k * k * step * step / 8);
    return 1 - boost::math::constants::root_two_pi<double>() / x * sum;
  }
  for (int k = 1; k < 20; ++k) sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * x * x);
  return sum;
}

KolmogorovSmirnov kolmogorov_smirnov(std::span<const double> first, std::span<const double> second) {
  const double n = static_cast<double>(first.size());
  const double m = static_cast<double>(second.size());
  const Pooled pooled = pool(first, second);
  KolmogorovSmirnov result;
  result.distance = static_cast<double>(pooled.largest_gap) / (n * m);
  const bool is_exact = n * m <= LARGEST_EXACT_KOLMOGOROV;
  result.method = is_exact ? "exact" : "limiting distribution";
  if (pooled.largest_gap == 0) return result;
  result.p = is_exact ? share_of_paths_outside(pooled, first.size(), second.size())
                      : kolmogorov_survival(result.distance * std::sqrt(n * m / (n + m)));
  return result;
}

}  // namespace radbatch
