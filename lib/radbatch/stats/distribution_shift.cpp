#include "radbatch/stats/distribution_shift.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <limits>
#include <numeric>

namespace radbatch {
namespace {

std::vector<double> ascending(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  return sorted;
}

}  // namespace

std::optional<StabilityIndex> stability_index(std::span<const std::size_t> reference,
                                              std::span<const std::size_t> sample) {
  const auto n = static_cast<double>(std::accumulate(reference.begin(), reference.end(), std::size_t{0}));
  const auto m = static_cast<double>(std::accumulate(sample.begin(), sample.end(), std::size_t{0}));
  if (n == 0 || m == 0) return std::nullopt;
  StabilityIndex index;
  for (std::size_t bin = 0; bin < reference.size(); ++bin) {
    if (reference[bin] + sample[bin] == 0) continue;
    const double p = std::max(0.5, static_cast<double>(reference[bin])) / n;
    const double q = std::max(0.5, static_cast<double>(sample[bin])) / m;
    index.value += (q - p) * std::log(q / p);
    ++index.n_bins;
  }
  if (index.n_bins > 1) {
    const boost::math::chi_squared chance(static_cast<double>(index.n_bins - 1));
    index.by_chance = boost::math::quantile(chance, 0.95) * (1 / n + 1 / m);
  }
  return index;
}

double sorted_quantile(std::span<const double> sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::vector<double> quantile_bins(std::span<const double> reference, std::size_t n_bins) {
  const std::vector<double> sorted = ascending(reference);
  std::vector<double> bounds;
  for (std::size_t k = 1; k < n_bins; ++k) {
    const double bound = sorted_quantile(sorted, static_cast<double>(k) / static_cast<double>(n_bins));
    if (bounds.empty() || bound != bounds.back()) {
      bounds.push_back(bound);
      continue;
    }
    const double below = std::nextafter(bound, -std::numeric_limits<double>::infinity());
    if (bounds.size() < 2 || bounds[bounds.size() - 2] != below) bounds.insert(bounds.end() - 1, below);
  }
  return bounds;
}

std::vector<std::size_t> count_in_bins(std::span<const double> values, std::span<const double> bounds) {
  std::vector<std::size_t> counts(bounds.size() + 1);
  for (const double value : values)
    ++counts[static_cast<std::size_t>(std::ranges::lower_bound(bounds, value) - bounds.begin())];
  return counts;
}

double wasserstein_distance(std::span<const double> first, std::span<const double> second) {
  const std::vector<double> a = ascending(first);
  const std::vector<double> b = ascending(second);
  std::size_t i = 0;
  std::size_t j = 0;
  double at = std::min(a.front(), b.front());
  double area = 0;
  while (i < a.size() || j < b.size()) {
    const double next = j == b.size() || (i < a.size() && a[i] <= b[j]) ? a[i] : b[j];
    const double gap = static_cast<double>(i) / static_cast<double>(a.size()) -
                       static_cast<double>(j) / static_cast<double>(b.size());
    area += std::abs(gap) * (next - at);
    at = next;
    while (i < a.size() && a[i] == at) ++i;
    while (j < b.size() && b[j] == at) ++j;
  }
  return area;
}

}  // namespace radbatch
