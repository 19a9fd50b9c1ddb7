#include "radbatch/stats/reader_agreement.hpp"

#include <algorithm>
#include <numeric>

namespace radbatch {
namespace {

double weight_of(std::span<const double> weights, std::size_t unit) {
  return weights.empty() ? 1 : weights[unit];
}

/// (observed - expected) / (1 - expected), where chance does not agree fully.
std::optional<double> beyond_chance(double observed, double expected) {
  if (1 - expected < 1e-12) return std::nullopt;
  return (observed - expected) / (1 - expected);
}

/// Krippendorff's coincidences: o[c][k] sums, over units with m >= 2 ratings, the ordered pairs (c, k) over
/// m - 1.
std::vector<double> coincidences(const RatingCounts& ratings, std::span<const double> weights) {
  const std::size_t q = ratings.n_categories;
  std::vector<double> table(q * q);
  for (std::size_t unit = 0; unit < ratings.n_units(); ++unit) {
    const std::span<const std::uint32_t> counts = ratings.of(unit);
    const double m = std::accumulate(counts.begin(), counts.end(), 0.0);
    if (m < 2) continue;
    for (std::size_t c = 0; c < q; ++c) {
      for (std::size_t k = 0; k < q; ++k) {
        const double pairs =
            static_cast<double>(counts[c]) * (static_cast<double>(counts[k]) - (c == k ? 1 : 0));
        table[c * q + k] += weight_of(weights, unit) * pairs / (m - 1);
      }
    }
  }
  return table;
}

/// 1 - D_o / D_e with the squared distance d2(c, k).
template <typename Distance>
std::optional<double> alpha(const std::vector<double>& table, const std::vector<double>& totals,
                            Distance d2) {
  const std::size_t q = totals.size();
  const double n = std::accumulate(totals.begin(), totals.end(), 0.0);
  double observed = 0, expected = 0;
  for (std::size_t c = 0; c < q; ++c) {
    for (std::size_t k = 0; k < q; ++k) {
      observed += table[c * q + k] * d2(c, k);
      expected += totals[c] * totals[k] * d2(c, k);
    }
  }
  if (!(expected > 0)) return std::nullopt;
  return 1 - (n - 1) * observed / expected;
}

void add_alphas(GroupAgreement& result, const RatingCounts& ratings, std::span<const double> weights) {
  const std::size_t q = ratings.n_categories;
  const std::vector<double> table = coincidences(ratings, weights);
  std::vector<double> totals(q);
  for (std::size_t c = 0; c < q; ++c)
    for (std::size_t k = 0; k < q; ++k) totals[c] += table[c * q + k];
  result.alpha_nominal =
      alpha(table, totals, [](std::size_t c, std::size_t k) { return c == k ? 0.0 : 1.0; });
  if (q <= 2) return;
  std::vector<double> before(q + 1);  // ratings in the categories below
  std::partial_sum(totals.begin(), totals.end(), before.begin() + 1);
  result.alpha_ordinal = alpha(table, totals, [&](std::size_t c, std::size_t k) {
    const auto [low, high] = std::minmax(c, k);
    const double between = before[high + 1] - before[low] - (totals[low] + totals[high]) / 2;
    return low == high ? 0.0 : between * between;
  });
}

}  // namespace

PairAgreement pair_agreement(std::span<const double> counts, std::size_t n_categories) {
  PairAgreement result;
  result.n = std::accumulate(counts.begin(), counts.end(), 0.0);
  if (result.n <= 0 || n_categories < 2) return result;
  double same = 0;
  for (std::size_t c = 0; c < n_categories; ++c) same += counts[c * n_categories + c];
  const double q = static_cast<double>(n_categories);
  result.observed = same / result.n;
  result.adjusted = (q * *result.observed - 1) / (q - 1);
  if (n_categories != 2) return result;
  const double differ = counts[1] + counts[2];
  if (counts[3] > 0 || differ > 0) result.positive_agreement = 2 * counts[3] / (2 * counts[3] + differ);
  if (counts[0] > 0 || differ > 0) result.negative_agreement = 2 * counts[0] / (2 * counts[0] + differ);
  return result;
}

RatingCounts count_ratings(std::span<const std::vector<std::int32_t>> ratings, std::size_t n_categories) {
  RatingCounts result{.n_categories = n_categories, .counts = {}};
  const std::size_t n = ratings.empty() ? 0 : ratings.front().size();
  result.counts.resize(n * n_categories);
  for (const std::vector<std::int32_t>& rater : ratings)
    for (std::size_t unit = 0; unit < n; ++unit)
      if (rater[unit] >= 0) ++result.counts.at(unit * n_categories + static_cast<std::size_t>(rater[unit]));
  return result;
}

GroupAgreement group_agreement(const RatingCounts& ratings, std::span<const double> weights) {
  GroupAgreement result;
  const std::size_t q = ratings.n_categories;
  std::vector<double> prevalence(q);
  double n_rated = 0, agreeing = 0;
  for (std::size_t unit = 0; unit < ratings.n_units(); ++unit) {
    const std::span<const std::uint32_t> counts = ratings.of(unit);
    const double m = std::accumulate(counts.begin(), counts.end(), 0.0), weight = weight_of(weights, unit);
    if (m < 1 || weight <= 0) continue;
    n_rated += weight;
    for (std::size_t c = 0; c < q; ++c) prevalence[c] += weight * counts[c] / m;
    if (m < 2) continue;
    result.n_units += weight;
    for (const double count : counts) agreeing += weight * count * (count - 1) / (m * (m - 1));
  }
  if (result.n_units <= 0 || q < 2) return result;
  result.observed = agreeing / result.n_units;
  double same = 0, other = 0;
  for (const double total : prevalence) {
    const double share = total / n_rated;
    same += share * share;
    other += share * (1 - share) / static_cast<double>(q - 1);
  }
  result.fleiss_kappa = beyond_chance(*result.observed, same);
  result.gwet_ac1 = beyond_chance(*result.observed, other);
  add_alphas(result, ratings, weights);
  return result;
}

}  // namespace radbatch
