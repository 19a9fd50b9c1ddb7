#include "radbatch/stats/agreement.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace radbatch {
namespace {

/// Weight of agreement: 1 on the diagonal, falling with the distance.
double agreement_weight(std::size_t a, std::size_t b, std::size_t n_classes, KappaWeights weights) {
  if (weights == KappaWeights::none || n_classes < 2) return a == b ? 1 : 0;
  const double steps = static_cast<double>(a > b ? a - b : b - a) / static_cast<double>(n_classes - 1);
  return weights == KappaWeights::linear ? 1 - steps : 1 - steps * steps;
}

struct KappaParts {
  double total = 0;
  std::vector<double> rows, columns;  ///< shares
  double observed = 0, expected = 0;  ///< weighted agreement
};

KappaParts parts_of(std::span<const double> counts, std::size_t n_classes, KappaWeights weights) {
  KappaParts parts;
  parts.total = std::accumulate(counts.begin(), counts.end(), 0.0);
  parts.rows.assign(n_classes, 0);
  parts.columns.assign(n_classes, 0);
  if (parts.total <= 0) return parts;
  for (std::size_t a = 0; a < n_classes; ++a) {
    for (std::size_t b = 0; b < n_classes; ++b) {
      const double share = counts[a * n_classes + b] / parts.total;
      parts.rows[a] += share;
      parts.columns[b] += share;
      parts.observed += agreement_weight(a, b, n_classes, weights) * share;
    }
  }
  for (std::size_t a = 0; a < n_classes; ++a)
    for (std::size_t b = 0; b < n_classes; ++b)
      parts.expected += agreement_weight(a, b, n_classes, weights) * parts.rows[a] * parts.columns[b];
  return parts;
}

bool has_value(const KappaParts& parts) {
  return parts.total > 0 && 1 - parts.expected > 1e-12;
}

}  // namespace

std::optional<double> kappa_value(std::span<const double> counts, std::size_t n_classes,
                                  KappaWeights weights) {
  const KappaParts parts = parts_of(counts, n_classes, weights);
  if (!has_value(parts)) return std::nullopt;
  return (parts.observed - parts.expected) / (1 - parts.expected);
}

std::optional<double> kappa_standard_error(std::span<const double> counts, std::size_t n_classes,
                                           KappaWeights weights) {
  const KappaParts parts = parts_of(counts, n_classes, weights);
  if (!has_value(parts)) return std::nullopt;
  std::vector<double> mean_of_row(n_classes), mean_of_column(n_classes);
  for (std::size_t a = 0; a < n_classes; ++a) {
    for (std::size_t b = 0; b < n_classes; ++b) {
      const double weight = agreement_weight(a, b, n_classes, weights);
      mean_of_row[a] += weight * parts.columns[b];
      mean_of_column[b] += weight * parts.rows[a];
    }
  }
  double sum = 0;
  for (std::size_t a = 0; a < n_classes; ++a) {
    for (std::size_t b = 0; b < n_classes; ++b) {
      const double weight = agreement_weight(a, b, n_classes, weights);
      const double term =
          weight * (1 - parts.expected) - (mean_of_row[a] + mean_of_column[b]) * (1 - parts.observed);
      sum += counts[a * n_classes + b] / parts.total * term * term;
    }
  }
  const double less = parts.observed * parts.expected - 2 * parts.expected + parts.observed;
  const double variance = (sum - less * less) / (parts.total * std::pow(1 - parts.expected, 4));
  return std::sqrt(std::max(0.0, variance));
}

Estimate kappa(std::span<const double> counts, std::size_t n_classes, KappaWeights weights, double level) {
  Estimate result;
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  result.n = static_cast<std::size_t>(std::llround(total));
  result.value = kappa_value(counts, n_classes, weights);
  if (!result.value) {
    result.why_not = total <= 0 ? "there are no cases" : "all cases are of one class, for both";
    return result;
  }
  const double error = *kappa_standard_error(counts, n_classes, weights);
  if (error < 1e-12) {
    result.why_not = "the large-sample standard error is zero";
    return result;
  }
  const double half = normal_quantile(level) * error;
  result.interval = Interval{std::max(-1.0, *result.value - half), std::min(1.0, *result.value + half), level,
                             "Fleiss-Cohen-Everitt"};
  return result;
}

}  // namespace radbatch
