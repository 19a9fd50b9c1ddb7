#include "radbatch/stats/score_agreement.hpp"

#include <algorithm>
#include <cmath>

namespace radbatch {
namespace {

/// Means over n.
struct Moments {
  double mean_a = 0, mean_b = 0;
  double variance_a = 0, variance_b = 0, covariance = 0;
};

Moments moments(std::span<const double> a, std::span<const double> b) {
  Moments m;
  const double n = static_cast<double>(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    m.mean_a += a[i] / n;
    m.mean_b += b[i] / n;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i] - m.mean_a;
    const double y = b[i] - m.mean_b;
    m.variance_a += x * x / n;
    m.variance_b += y * y / n;
    m.covariance += x * y / n;
  }
  return m;
}

}  // namespace

ScoreAgreement score_agreement(std::span<const double> a, std::span<const double> b) {
  ScoreAgreement result;
  result.n = a.size();
  if (a.empty()) return result;
  const double n = static_cast<double>(a.size());
  double largest = 0;
  double absolute = 0;
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double apart = std::abs(a[i] - b[i]);
    largest = std::max(largest, apart);
    absolute += apart / n;
    sum += (a[i] - b[i]) / n;
  }
  result.largest = largest;
  result.mean_absolute = absolute;
  result.bias = sum;
  if (a.size() < 2) return result;
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) squares += std::pow(a[i] - b[i] - sum, 2);
  result.spread = std::sqrt(squares / (n - 1));
  result.low = sum - 1.96 * *result.spread;
  result.high = sum + 1.96 * *result.spread;
  const Moments m = moments(a, b);
  const double gap = m.mean_a - m.mean_b;
  if (m.variance_a > 0 && m.variance_b > 0)
    result.pearson = std::clamp(m.covariance / std::sqrt(m.variance_a * m.variance_b), -1.0, 1.0);
  if (const double all = m.variance_a + m.variance_b + gap * gap; all > 0)
    result.concordance = 2 * m.covariance / all;
  return result;
}

}  // namespace radbatch
