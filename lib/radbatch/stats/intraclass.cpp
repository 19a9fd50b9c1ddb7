#include "radbatch/stats/intraclass.hpp"

#include <algorithm>
#include <boost/math/distributions/fisher_f.hpp>
#include <cmath>
#include <vector>

namespace radbatch {
namespace {

constexpr double ROUNDING = 1e-28;

/// Quantiles beyond the largest double are infinite, not an exception.
using Silent = boost::math::policies::policy<
    boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::evaluation_error<boost::math::policies::ignore_error>>;

double f_quantile(double df_above, double df_below, double level) {
  return boost::math::quantile(boost::math::complement(
      boost::math::fisher_f_distribution<double, Silent>(df_above, df_below), (1 - level) / 2));
}

std::optional<Interval> finite_interval(Interval interval) {
  if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) return std::nullopt;
  return interval;
}

std::optional<Interval> consistency_interval(const TwoWay& s, double level) {
  if (s.residual <= 0) return std::nullopt;
  const double f = s.targets / s.residual, df = (s.n - 1) * (s.k - 1);
  const double low = f / f_quantile(s.n - 1, df, level), high = f * f_quantile(df, s.n - 1, level);
  return finite_interval(
      {(low - 1) / (low + s.k - 1), (high - 1) / (high + s.k - 1), level, "F, McGraw and Wong"});
}

std::optional<Interval> agreement_interval(const TwoWay& s, double icc, double level) {
  if (s.residual <= 0 || icc >= 1) return std::nullopt;
  const double a = s.k * icc / (s.n * (1 - icc)), b = 1 + s.k * icc * (s.n - 1) / (s.n * (1 - icc));
  const double of_raters = a * s.raters, of_residual = b * s.residual;
  const double df = std::pow(of_raters + of_residual, 2) /
                    (of_raters * of_raters / (s.k - 1) + of_residual * of_residual / ((s.n - 1) * (s.k - 1)));
  if (!(df > 0) || !std::isfinite(df)) return std::nullopt;
  const double rest = s.k * s.raters + (s.k * s.n - s.k - s.n) * s.residual;
  const double f_low = f_quantile(s.n - 1, df, level), f_high = f_quantile(df, s.n - 1, level);
  return finite_interval({s.n * (s.targets - f_low * s.residual) / (f_low * rest + s.n * s.targets),
                          s.n * (f_high * s.targets - s.residual) / (rest + s.n * f_high * s.targets), level,
                          "F with Satterthwaite, McGraw and Wong"});
}

Estimate told(const std::optional<double>& value, std::optional<Interval> interval, std::size_t n,
              bool has_residual) {
  Estimate estimate{.value = value, .interval = std::move(interval), .n = n};
  if (!value) {
    estimate.why_not = n < 2 ? "fewer than two targets" : "nothing varies";
    estimate.interval.reset();
  } else if (!estimate.interval) {
    estimate.why_not = has_residual ? "the F distribution gives no bounds"
                                    : "the raters differ by a constant only: no residual variance";
  }
  return estimate;
}

}  // namespace

TwoWay two_way(std::span<const double> ratings, std::size_t n_raters) {
  const std::size_t n = n_raters == 0 ? 0 : ratings.size() / n_raters;
  TwoWay squares{.n = static_cast<double>(n), .k = static_cast<double>(n_raters)};
  if (n < 2 || n_raters < 2) return squares;
  double all = 0;
  for (const double rating : ratings) all += rating;
  all /= squares.n * squares.k;
  std::vector<double> of_rater(n_raters), of_target(n);
  for (std::size_t i = 0; i < ratings.size(); ++i) {
    of_rater[i % n_raters] += (ratings[i] - all) / squares.n;
    of_target[i / n_raters] += (ratings[i] - all) / squares.k;
  }
  for (const double mean : of_target) squares.targets += squares.k * mean * mean / (squares.n - 1);
  for (const double mean : of_rater) squares.raters += squares.n * mean * mean / (squares.k - 1);
  double of_all = 0;
  for (std::size_t i = 0; i < ratings.size(); ++i) {
    const double rest = ratings[i] - all - of_target[i / n_raters] - of_rater[i % n_raters];
    squares.residual += rest * rest / ((squares.n - 1) * (squares.k - 1));
    of_all += ratings[i] * ratings[i];
  }
  // What is left of numbers that leave nothing is rounding.
  if (squares.residual < ROUNDING * of_all) squares.residual = 0;
  return squares;
}

std::optional<double> icc_agreement(const TwoWay& s) {
  if (s.n < 2) return std::nullopt;
  const double below = s.targets + (s.k - 1) * s.residual + s.k * (s.raters - s.residual) / s.n;
  if (!(below > 0)) return std::nullopt;
  return (s.targets - s.residual) / below;
}

std::optional<double> icc_consistency(const TwoWay& s) {
  if (s.n < 2) return std::nullopt;
  const double below = s.targets + (s.k - 1) * s.residual;
  if (!(below > 0)) return std::nullopt;
  return (s.targets - s.residual) / below;
}

Intraclass intraclass(std::span<const double> ratings, std::size_t n_raters, double level) {
  const TwoWay squares = two_way(ratings, n_raters);
  const std::size_t n = n_raters == 0 ? 0 : ratings.size() / n_raters;
  const std::optional<double> agreement = icc_agreement(squares), consistency = icc_consistency(squares);
  return {told(agreement, agreement ? agreement_interval(squares, *agreement, level) : std::nullopt, n,
               squares.residual > 0),
          told(consistency, consistency ? consistency_interval(squares, level) : std::nullopt, n,
               squares.residual > 0)};
}

}  // namespace radbatch
