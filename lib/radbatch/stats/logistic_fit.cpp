#include "radbatch/stats/logistic_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "radbatch/stats/clustered_error.hpp"

namespace radbatch {
namespace {

using Matrix = std::array<std::array<double, 2>, 2>;

constexpr int MOST_ITERATIONS = 200;

/// ln(1 + exp(v)) without overflow.
double softplus(double v) {
  return v > 0 ? v + std::log1p(std::exp(-v)) : std::log1p(std::exp(v));
}

struct Problem {
  std::span<const double> x, targets;
  bool intercept_is_free = true, slope_is_free = true;

  double loss(double intercept, double slope) const {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double v = intercept + slope * x[i];
      sum += softplus(v) - targets[i] * v;
    }
    return sum;
  }
};

struct Derivatives {
  std::array<double, 2> gradient{};  ///< of the log likelihood
  Matrix information{};
};

Derivatives derivatives(const Problem& problem, double intercept, double slope) {
  Derivatives result;
  for (std::size_t i = 0; i < problem.x.size(); ++i) {
    const double x = problem.x[i];
    const double p = logistic(intercept + slope * x);
    const double rest = problem.targets[i] - p;
    const double weight = p * (1 - p);
    result.gradient[0] += rest;
    result.gradient[1] += rest * x;
    result.information[0][0] += weight;
    result.information[0][1] += weight * x;
    result.information[1][1] += weight * x * x;
  }
  result.information[1][0] = result.information[0][1];
  return result;
}

/// Of what is free; rows and columns of what is held are 0.
Matrix inverse(const Matrix& m, const Problem& problem) {
  Matrix result{};
  if (problem.intercept_is_free && problem.slope_is_free) {
    const double determinant = m[0][0] * m[1][1] - m[0][1] * m[1][0];
    result = {
        {{m[1][1] / determinant, -m[0][1] / determinant}, {-m[1][0] / determinant, m[0][0] / determinant}}};
  } else if (problem.intercept_is_free) {
    result[0][0] = 1 / m[0][0];
  } else {
    result[1][1] = 1 / m[1][1];
  }
  return result;
}

std::array<double, 2> times(const Matrix& m, const std::array<double, 2>& v) {
  return {m[0][0] * v[0] + m[0][1] * v[1], m[1][0] * v[0] + m[1][1] * v[1]};
}

Matrix times(const Matrix& a, const Matrix& b) {
  Matrix result{};
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 2; ++j) result[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j];
  return result;
}

/// Liang and Zeger's middle: products of the clusters' sums of scores.
Matrix middle(const Problem& problem, const LogisticFit& fit, std::span<const std::uint32_t> cluster) {
  std::vector<std::array<double, 2>> sums(std::size_t{std::ranges::max(cluster)} + 1);
  for (std::size_t i = 0; i < problem.x.size(); ++i) {
    const double rest = problem.targets[i] - logistic(fit.intercept + fit.slope * problem.x[i]);
    sums[cluster[i]][0] += rest;
    sums[cluster[i]][1] += rest * problem.x[i];
  }
  const double n = static_cast<double>(count_clusters(cluster));
  const double factor = n / (n - 1);
  Matrix result{};
  for (const auto& sum : sums)
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t j = 0; j < 2; ++j) result[i][j] += factor * sum[i] * sum[j];
  return result;
}

/// Newton's method with halved steps: the loss is convex, so that what it finds is the maximum.
LogisticFit solve(const Problem& problem, LogisticFit fit, std::span<const std::uint32_t> cluster) {
  double loss = problem.loss(fit.intercept, fit.slope);
  bool has_converged = false;
  for (int iteration = 0; iteration < MOST_ITERATIONS && !has_converged; ++iteration) {
    const Derivatives at = derivatives(problem, fit.intercept, fit.slope);
    const std::array<double, 2> step = times(inverse(at.information, problem), at.gradient);
    if (!std::isfinite(step[0]) || !std::isfinite(step[1])) break;
    double share = 1;
    double next = problem.loss(fit.intercept + step[0], fit.slope + step[1]);
    while (!(next <= loss + 1e-12 * (1 + std::abs(loss))) && share > 1e-9) {
      share /= 2;
      next = problem.loss(fit.intercept + share * step[0], fit.slope + share * step[1]);
    }
    fit.intercept += share * step[0];
    fit.slope += share * step[1];
    loss = next;
    has_converged = std::abs(step[0]) <= 1e-11 * (1 + std::abs(fit.intercept)) &&
                    std::abs(step[1]) <= 1e-11 * (1 + std::abs(fit.slope));
  }
  if (!has_converged) {
    fit.why_not = "the likelihood has no maximum that could be found";
    return fit;
  }
  const Matrix bread = inverse(derivatives(problem, fit.intercept, fit.slope).information, problem);
  fit.covariance = bread;
  if (!cluster.empty() && has_clusters(cluster)) {
    if (count_clusters(cluster) < 2)
      fit.why_not = "all cases are of one patient";
    else
      fit.covariance = times(times(bread, middle(problem, fit, cluster)), bread);
  }
  return fit;
}

struct Spread {
  double lowest_positive = std::numeric_limits<double>::infinity();
  double highest_positive = -std::numeric_limits<double>::infinity();
  double lowest_negative = std::numeric_limits<double>::infinity();
  double highest_negative = -std::numeric_limits<double>::infinity();
};

Spread spread_of(std::span<const double> x, std::span<const double> targets) {
  Spread spread;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (targets[i] > 0) {
      spread.lowest_positive = std::min(spread.lowest_positive, x[i]);
      spread.highest_positive = std::max(spread.highest_positive, x[i]);
    }
    if (targets[i] < 1) {
      spread.lowest_negative = std::min(spread.lowest_negative, x[i]);
      spread.highest_negative = std::max(spread.highest_negative, x[i]);
    }
  }
  return spread;
}

/// With one score the likelihood has a finite maximum just when the classes overlap (Albert and Anderson,
/// Biometrika 71 (1984) 1-10).
std::string obstacle(std::span<const double> x, const Spread& spread, bool slope_is_free) {
  if (x.empty()) return "there are no labelled cases";
  if (spread.highest_positive < spread.lowest_positive) return "no case has the finding";
  if (spread.highest_negative < spread.lowest_negative) return "every case has the finding";
  if (!slope_is_free) return {};
  if (std::ranges::min(x) == std::ranges::max(x)) return "all scores are equal";
  if (spread.highest_negative <= spread.lowest_positive || spread.highest_positive <= spread.lowest_negative)
    return "the scores separate the classes: the slope has no finite estimate";
  return {};
}

LogisticFit refused(std::string why) {
  LogisticFit fit;
  fit.why_not = std::move(why);
  return fit;
}

}  // namespace

double logistic(double log_odds) {
  return log_odds >= 0 ? 1 / (1 + std::exp(-log_odds)) : std::exp(log_odds) / (1 + std::exp(log_odds));
}

double log_odds(double probability) {
  const double p = std::clamp(probability, NEAREST_TO_CERTAIN, 1 - NEAREST_TO_CERTAIN);
  return std::log(p) - std::log1p(-p);
}

std::vector<double> log_odds(std::span<const double> probabilities) {
  std::vector<double> result;
  result.reserve(probabilities.size());
  for (const double p : probabilities) result.push_back(log_odds(p));
  return result;
}

std::vector<double> as_targets(const std::vector<bool>& positive) {
  return {positive.begin(), positive.end()};
}

double LogisticFit::intercept_error() const {
  return std::sqrt(covariance[0][0]);
}

double LogisticFit::slope_error() const {
  return std::sqrt(covariance[1][1]);
}

LogisticFit fit_logistic(std::span<const double> x, std::span<const double> targets,
                         std::span<const std::uint32_t> cluster) {
  std::string why = obstacle(x, spread_of(x, targets), true);
  if (!why.empty()) return refused(std::move(why));
  double sum = 0;
  for (const double target : targets) sum += target;
  LogisticFit start;
  start.intercept = log_odds(sum / static_cast<double>(targets.size()));
  start.slope = 0;
  return solve({x, targets, true, true}, start, cluster);
}

LogisticFit fit_intercept(std::span<const double> x, std::span<const double> targets,
                          std::span<const std::uint32_t> cluster) {
  std::string why = obstacle(x, spread_of(x, targets), false);
  if (!why.empty()) return refused(std::move(why));
  return solve({x, targets, true, false}, {}, cluster);
}

LogisticFit fit_slope(std::span<const double> x, std::span<const double> targets) {
  const Spread spread = spread_of(x, targets);
  std::string why = obstacle(x, spread, false);
  // Without an intercept the line turns about x = 0, and what it must not separate is at its sides.
  if (why.empty() && ((spread.lowest_positive >= 0 && spread.highest_negative <= 0) ||
                      (spread.highest_positive <= 0 && spread.lowest_negative >= 0)))
    why = "the scores separate the classes: the slope has no finite estimate";
  if (!why.empty()) return refused(std::move(why));
  return solve({x, targets, false, true}, {}, {});
}

}  // namespace radbatch
