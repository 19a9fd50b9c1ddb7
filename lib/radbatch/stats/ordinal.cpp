#include "radbatch/stats/ordinal.hpp"

#include <cmath>
#include <numeric>

namespace radbatch {
namespace {
constexpr double SUM_TOLERANCE = 1e-3;
}

std::optional<double> ranked_probability_score(std::span<const double> probabilities,
                                               std::size_t true_grade) {
  const double sum = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  if (probabilities.size() < 2 || !(std::abs(sum - 1) <= SUM_TOLERANCE)) return std::nullopt;
  double below = 0, score = 0;
  for (std::size_t grade = 0; grade + 1 < probabilities.size(); ++grade) {
    below += probabilities[grade] / sum;
    const double difference = below - (true_grade <= grade ? 1 : 0);
    score += difference * difference;
  }
  return score / static_cast<double>(probabilities.size() - 1);
}

double probability_from(std::span<const double> probabilities, std::size_t grade) {
  return std::accumulate(probabilities.begin() + static_cast<std::ptrdiff_t>(grade), probabilities.end(),
                         0.0);
}

double expected_grade(std::span<const double> probabilities) {
  double sum = 0, mean = 0;
  for (std::size_t grade = 0; grade < probabilities.size(); ++grade) {
    sum += probabilities[grade];
    mean += static_cast<double>(grade) * probabilities[grade];
  }
  return sum > 0 ? mean / sum : 0;
}

}  // namespace radbatch
