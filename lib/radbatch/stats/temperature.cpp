#include "radbatch/stats/temperature.hpp"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <limits>

#include "radbatch/stats/logistic_fit.hpp"

namespace radbatch {
namespace {

/// Derivative of the negative log likelihood by the slope; it rises with the slope.
class Derivative {
 public:
  Derivative(const std::vector<std::vector<double>>& probabilities, std::span<const std::uint32_t> truth)
      : truth_(truth), n_classes_(probabilities.size()) {
    logarithms_.reserve(truth.size() * n_classes_);
    for (std::size_t i = 0; i < truth.size(); ++i)
      for (const std::vector<double>& of_class : probabilities)
        logarithms_.push_back(std::log(std::max(of_class[i], NEAREST_TO_CERTAIN)));
  }

  double operator()(double slope) const {
    double sum = 0;
    for (std::size_t i = 0; i < truth_.size(); ++i) {
      const std::span<const double> row(logarithms_.data() + i * n_classes_, n_classes_);
      const double largest = std::ranges::max(row);
      double weights = 0, mean = 0;
      for (const double value : row) {
        const double weight = std::exp(slope * (value - largest));
        weights += weight;
        mean += weight * value;
      }
      sum += mean / weights - row[truth_[i]];
    }
    return sum;
  }

  /// Its limit for large slopes: 0 when the largest probability is always the true one.
  bool is_separated() const {
    for (std::size_t i = 0; i < truth_.size(); ++i) {
      const std::span<const double> row(logarithms_.data() + i * n_classes_, n_classes_);
      if (row[truth_[i]] < std::ranges::max(row)) return false;
    }
    return true;
  }

 private:
  std::span<const std::uint32_t> truth_;
  std::size_t n_classes_;
  std::vector<double> logarithms_;  ///< [unit][class]
};

}  // namespace

TemperatureFit fit_temperature(const std::vector<std::vector<double>>& probabilities,
                               std::span<const std::uint32_t> truth) {
  TemperatureFit fit;
  if (truth.empty()) {
    fit.why_not = "there are no labelled cases";
    return fit;
  }
  const Derivative derivative(probabilities, truth);
  if (derivative.is_separated()) {
    fit.why_not = "every case's highest probability is the true one: the temperature has no finite estimate";
    return fit;
  }
  if (!(derivative(0) < 0)) {
    fit.why_not = "the true class does not have the higher probabilities: no temperature mends that";
    return fit;
  }
  double high = 1;
  while (derivative(high) < 0 && high < 1e6) high *= 2;
  std::uintmax_t iterations = 200;
  const auto bracket = boost::math::tools::toms748_solve(
      derivative, 0.0, high, boost::math::tools::eps_tolerance<double>(), iterations);
  fit.slope = (bracket.first + bracket.second) / 2;
  return fit;
}

double log_loss(std::span<const double> scores, const std::vector<bool>& positive) {
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i)
    sum -= std::log(std::max(positive[i] ? scores[i] : 1 - scores[i], NEAREST_TO_CERTAIN));
  return sum / static_cast<double>(scores.size());
}

}  // namespace radbatch
