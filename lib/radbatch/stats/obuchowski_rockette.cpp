#include "radbatch/stats/obuchowski_rockette.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <vector>

namespace radbatch {
namespace {

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double mean_square(std::span<const double> values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size() - 1);
}

/// Mean covariance of two different readers, of the values from `row` and from `column` on.
double mean_between_readers(std::span<const double> covariance, std::size_t side, std::size_t n_readers,
                            std::size_t row, std::size_t column) {
  double sum = 0;
  for (std::size_t a = 0; a < n_readers; ++a)
    for (std::size_t b = 0; b < n_readers; ++b)
      if (a != b) sum += covariance[(row + a) * side + column + b];
  return sum / static_cast<double>(n_readers * (n_readers - 1));
}

struct Quantiles {
  double reach = 0, p_value = 1;
};

/// Of Student's t, or the normal where the degrees of freedom are too many to tell apart.
Quantiles quantiles(double t, const std::optional<double>& df, double level) {
  using boost::math::cdf, boost::math::complement, boost::math::quantile;
  if (!df) {
    const boost::math::normal normal;
    return {quantile(complement(normal, (1 - level) / 2)), 2 * cdf(complement(normal, std::abs(t)))};
  }
  const boost::math::students_t student(*df);
  return {quantile(complement(student, (1 - level) / 2)), 2 * cdf(complement(student, std::abs(t)))};
}

/// `of_readers` is the mean square with r - 1 degrees of freedom, `of_cases` what shared cases add to it,
/// `scale` what the sum is divided by.
ReaderMean concluded(double value, std::size_t n_readers, double of_readers, double of_cases, double scale,
                     double level) {
  ReaderMean result;
  result.estimate = {.value = value, .interval = {}, .n = n_readers};
  const double error = of_readers + of_cases, se = std::sqrt(std::max(0.0, error * scale));
  if (!(se > 0)) {
    result.estimate.why_not = "neither readers nor cases vary";
    return result;
  }
  result.standard_error = se;
  if (of_readers > 0)
    result.degrees_of_freedom =
        error * error * static_cast<double>(n_readers - 1) / (of_readers * of_readers);
  if (result.degrees_of_freedom && *result.degrees_of_freedom > 1e9) result.degrees_of_freedom.reset();
  const Quantiles q = quantiles(value / se, result.degrees_of_freedom, level);
  result.p_value = q.p_value;
  result.estimate.interval =
      Interval{value - q.reach * se, value + q.reach * se, level, "Obuchowski-Rockette, Hillis df"};
  return result;
}

ReaderMean too_few(double value, std::size_t n_readers) {
  ReaderMean result;
  result.estimate.n = n_readers;
  if (n_readers > 0) result.estimate.value = value;
  result.estimate.why_not = "fewer than two readers";
  return result;
}

}  // namespace

ReaderMean mean_over_readers(std::span<const double> values, std::span<const double> covariance,
                             double level) {
  const std::size_t r = values.size();
  if (r < 2) return too_few(r == 0 ? 0 : values[0], r);
  const double cov2 = mean_between_readers(covariance, r, r, 0, 0), n = static_cast<double>(r);
  return concluded(mean_of(values), r, mean_square(values), n * std::max(cov2, 0.0), 1 / n, level);
}

ReaderMean difference_over_readers(std::span<const double> values, std::span<const double> covariance,
                                   double level) {
  const std::size_t r = values.size() / 2;
  std::vector<double> differences(r);
  for (std::size_t i = 0; i < r; ++i) differences[i] = values[i] - values[r + i];
  if (r < 2) return too_few(r == 0 ? 0 : differences[0], r);
  const double cov2 =
      (mean_between_readers(covariance, 2 * r, r, 0, 0) + mean_between_readers(covariance, 2 * r, r, r, r)) /
      2;
  const double cov3 = mean_between_readers(covariance, 2 * r, r, 0, r), n = static_cast<double>(r);
  // Of two tests the interaction's mean square is half the variance of the differences.
  return concluded(mean_of(differences), r, mean_square(differences) / 2, n * std::max(cov2 - cov3, 0.0),
                   2 / n, level);
}

}  // namespace radbatch
