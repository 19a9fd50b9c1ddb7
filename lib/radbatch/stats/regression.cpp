#include "radbatch/stats/regression.hpp"

#include <algorithm>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "radbatch/stats/intraclass.hpp"

namespace radbatch {
namespace {

constexpr std::size_t MOST_EXACT_LIMITS = 1000;

/// Quantiles beyond the largest double are infinite, not an exception.
using Silent = boost::math::policies::policy<
    boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::evaluation_error<boost::math::policies::ignore_error>>;

/// Central moments of the pairs, over n.
struct Moments {
  double n = 0, truth = 0, predicted = 0;
  double truth_squared = 0, predicted_squared = 0, product = 0;
  double absolute_error = 0, squared_error = 0, difference_squared = 0;
};

Moments moments_of(std::span<const double> truth, std::span<const double> predicted,
                   std::span<const double> weights) {
  Moments m;
  auto weight = [&](std::size_t i) { return weights.empty() ? 1.0 : weights[i]; };
  for (std::size_t i = 0; i < truth.size(); ++i) {
    m.n += weight(i);
    m.truth += weight(i) * truth[i];
    m.predicted += weight(i) * predicted[i];
  }
  if (m.n <= 0) return {};
  m.truth /= m.n;
  m.predicted /= m.n;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double w = weight(i) / m.n, x = truth[i] - m.truth, y = predicted[i] - m.predicted;
    const double error = predicted[i] - truth[i];
    m.truth_squared += w * x * x;
    m.predicted_squared += w * y * y;
    m.product += w * x * y;
    m.absolute_error += w * std::abs(error);
    m.squared_error += w * error * error;
    m.difference_squared += w * (y - x) * (y - x);
  }
  return m;
}

/// Mean squares of two raters, from the moments.
TwoWay two_way_of(const Moments& m) {
  const double bias = m.predicted - m.truth, unbiased = m.n / (m.n - 1);
  const double of_sum = m.truth_squared + m.predicted_squared + 2 * m.product;
  return {m.n, 2, unbiased * of_sum / 2, m.n * bias * bias / 2, unbiased * m.difference_squared / 2};
}

std::optional<double> concordance_of(const Moments& m) {
  const double bias = m.predicted - m.truth;
  const double below = m.truth_squared + m.predicted_squared + bias * bias;
  if (below <= 0) return std::nullopt;
  return 2 * m.product / below;
}

std::optional<double> pearson_of(const Moments& m) {
  if (m.truth_squared <= 0 || m.predicted_squared <= 0) return std::nullopt;
  return std::clamp(m.product / std::sqrt(m.truth_squared * m.predicted_squared), -1.0, 1.0);
}

}  // namespace

RegressionNumbers regression_numbers(std::span<const double> truth, std::span<const double> predicted,
                                     std::span<const double> weights) {
  const Moments m = moments_of(truth, predicted, weights);
  RegressionNumbers numbers;
  numbers.n = m.n;
  if (m.n <= 0) return numbers;
  numbers.mean_absolute_error = m.absolute_error;
  numbers.root_mean_squared_error = std::sqrt(m.squared_error);
  numbers.bias = m.predicted - m.truth;
  if (m.truth_squared > 0) numbers.r_squared = 1 - m.squared_error / m.truth_squared;
  numbers.pearson = pearson_of(m);
  numbers.concordance = concordance_of(m);
  if (m.n < 2) return numbers;
  const TwoWay squares = two_way_of(m);
  numbers.difference_sd = std::sqrt(2 * squares.residual);
  numbers.icc_agreement = icc_agreement(squares);
  numbers.icc_consistency = icc_consistency(squares);
  return numbers;
}

std::optional<Interval> concordance_interval(std::span<const double> truth, std::span<const double> predicted,
                                             double level) {
  const Moments m = moments_of(truth, predicted, {});
  const std::optional<double> ccc = concordance_of(m), r = pearson_of(m);
  if (m.n < 3 || !ccc || !r || *r == 0 || !(std::abs(*ccc) < 1)) return std::nullopt;
  const double c = *ccc, bias = m.predicted - m.truth;
  const double u2 = bias * bias / std::sqrt(m.truth_squared * m.predicted_squared), rest = 1 - c * c;
  const double variance =
      ((1 - *r * *r) * c * c / (rest * *r * *r) + 2 * c * c * c * (1 - c) * u2 / (*r * rest * rest) -
       c * c * c * c * u2 * u2 / (2 * *r * *r * rest * rest)) /
      (m.n - 2);
  if (!(variance > 0)) return std::nullopt;
  const double reach = normal_quantile(level) * std::sqrt(variance);
  return Interval{std::tanh(std::atanh(c) - reach), std::tanh(std::atanh(c) + reach), level, "Lin, z scale"};
}

std::optional<Interval> bias_interval(double bias, double difference_sd, std::size_t n, double level) {
  if (n < 2) return std::nullopt;
  const boost::math::students_t t(static_cast<double>(n - 1));
  const double reach = boost::math::quantile(boost::math::complement(t, (1 - level) / 2)) * difference_sd /
                       std::sqrt(static_cast<double>(n));
  return Interval{bias - reach, bias + reach, level, "Student t"};
}

LimitsOfAgreement limits_of_agreement(double bias, double difference_sd, std::size_t n, double level) {
  const double z = normal_quantile(0.95), count = static_cast<double>(n), root = std::sqrt(count);
  LimitsOfAgreement limits;
  limits.low.n = limits.high.n = n;
  if (n < 2) {
    limits.low.why_not = limits.high.why_not = "fewer than two pairs";
    return limits;
  }
  limits.low.value = bias - z * difference_sd;
  limits.high.value = bias + z * difference_sd;
  // In standard deviations from the bias, of the upper limit; the lower one is its mirror image.
  double inner = 0, outer = 0;
  std::string method = "Carkeet, noncentral t";
  if (n <= MOST_EXACT_LIMITS) {
    const boost::math::non_central_t_distribution<double, Silent> t(count - 1, z * root);
    inner = boost::math::quantile(t, (1 - level) / 2) / root;
    outer = boost::math::quantile(boost::math::complement(t, (1 - level) / 2)) / root;
  } else {
    const double reach = normal_quantile(level) * std::sqrt(1 / count + z * z / (2 * (count - 1)));
    inner = z - reach;
    outer = z + reach;
    method = "Bland and Altman 1999";
  }
  const double s = difference_sd;
  limits.low.interval = Interval{bias - outer * s, bias - inner * s, level, method};
  limits.high.interval = Interval{bias + inner * s, bias + outer * s, level, method};
  return limits;
}

}  // namespace radbatch
