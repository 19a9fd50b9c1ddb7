#include "radbatch/engine/gradients.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

using namespace radbatch;
using Shape = std::vector<std::int64_t>;

namespace {

/// f(x) = sum of w x^3 over the values, with its derivative.
class CubicNetwork : public Differentiable {
 public:
  explicit CubicNetwork(std::vector<float> weights) : weights_(std::move(weights)) {}
  Gradient gradient(const TensorView& item, const ExplainTarget&) override {
    Gradient gradient;
    for (std::size_t at = 0; at < weights_.size(); ++at) {
      const float x = item.values[at];
      gradient.value += double{weights_[at]} * x * x * x;
      gradient.values.push_back(3 * weights_[at] * x * x);
    }
    return gradient;
  }
  LayerGradient layer_gradient(const TensorView&, const ExplainTarget&, const std::string&) override {
    return {};
  }

 private:
  std::vector<float> weights_;
};

const Shape two_channels{1, 2, 3};
const std::vector<float> six{1, 2, -1, 0.5F, 3, 2};

}  // namespace

TEST_CASE("an input gradient is the largest absolute derivative over the channels") {
  CubicNetwork network({1, 1, -2, 4, 0, 1});
  const AttributionMap map = input_gradients(network, {two_channels, six}, {});
  CHECK(map.values == std::vector<float>{3, 12, 12});
  CHECK(map.shape == Shape{3});
}

TEST_CASE("integrated gradients of a cubic are exact, and complete: they sum to f(x) - f(baseline)") {
  CubicNetwork network({1, 1, -2, 4, 0, 1});
  const AttributionMap map = integrated_gradients(network, {two_channels, six}, {}, 0.0F, 2);
  CHECK(map.values[0] == doctest::Approx(1 + 0.5));
  CHECK(map.values[1] == doctest::Approx(8));
  CHECK(map.values[2] == doctest::Approx(2 + 8));
  const double sum = std::accumulate(map.values.begin(), map.values.end(), 0.0);
  CHECK(sum == doctest::Approx(map.score - map.baseline_score));
}

TEST_CASE("the baseline is the channel's own mean unless a value is given") {
  CubicNetwork network({1, 1, 1, 0, 0, 0});
  const AttributionMap map = integrated_gradients(network, {two_channels, six}, {}, std::nullopt, 4);
  CHECK(map.baseline_score == doctest::Approx(3 * std::pow(2.0 / 3, 3)));
}

TEST_CASE("Gauss-Legendre has numpy's points and weights, and integrates x^9 exactly with five") {
  const Quadrature rule = gauss_legendre(5);
  CHECK(2 * rule.points[0] - 1 == doctest::Approx(-0.906179845938664).epsilon(1e-13));
  CHECK(2 * rule.weights[2] == doctest::Approx(0.5688888888888889).epsilon(1e-13));
  double sum = 0;
  for (std::size_t i = 0; i < 5; ++i) sum += rule.weights[i] * std::pow(rule.points[i], 9);
  CHECK(sum == doctest::Approx(0.1).epsilon(1e-13));
  CHECK(gauss_legendre(1).points == std::vector<double>{0.5});
}
