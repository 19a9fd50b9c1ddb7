#include "radbatch/engine/gradients.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

/// P_n(x) and its derivative, by Bonnet's recursion.
std::pair<double, double> legendre(int n, double x) {
  double before = 1, here = x;
  for (int k = 2; k <= n; ++k) {
    const double next = ((2 * k - 1) * x * here - (k - 1) * before) / k;
    before = std::exchange(here, next);
  }
  return {here, n * (x * here - before) / (x * x - 1)};
}

void require_gradient(const Gradient& gradient, const TensorView& item) {
  if (gradient.values.size() != item.values.size())
    throw Error(Reason::model_output, "the gradient has not the size of the tensor");
  const bool is_finite = std::ranges::all_of(gradient.values, [](float v) { return std::isfinite(v); });
  if (!is_finite || !std::isfinite(gradient.value))
    throw Error(Reason::nonfinite, "the gradient of the network is not finite");
}

std::size_t voxels_of(const TensorView& item) {
  return item.values.size() / static_cast<std::size_t>(item.shape[1]);
}

}  // namespace

AttributionMap input_gradients(Differentiable& network, const TensorView& item, const ExplainTarget& target) {
  AttributionMap map{space_of(item), std::vector<float>(voxels_of(item)), 0, 0, 1};
  const Gradient gradient = network.gradient(item, target);
  require_gradient(gradient, item);
  map.score = gradient.value;
  for (std::size_t at = 0; at < gradient.values.size(); ++at) {
    float& voxel = map.values[at % map.values.size()];
    voxel = std::max(voxel, std::abs(gradient.values[at]));
  }
  return map;
}

AttributionMap integrated_gradients(Differentiable& network, const TensorView& item,
                                    const ExplainTarget& target, std::optional<float> fill, int steps) {
  AttributionMap map{space_of(item), std::vector<float>(voxels_of(item)), 0, 0, 0};
  const std::vector<float> baseline = filled(item, fill);
  const Quadrature rule = gauss_legendre(steps);
  std::vector<double> mean(item.values.size());
  std::vector<float> point(item.values.size());
  for (std::size_t step = 0; step < rule.points.size(); ++step) {
    const double share = rule.points[step];
    for (std::size_t at = 0; at < point.size(); ++at)
      point[at] = static_cast<float>(baseline[at] + share * (double{item.values[at]} - baseline[at]));
    const Gradient gradient = network.gradient({item.shape, point}, target);
    require_gradient(gradient, item);
    for (std::size_t at = 0; at < mean.size(); ++at) mean[at] += rule.weights[step] * gradient.values[at];
  }
  std::vector<double> sums(map.values.size());
  for (std::size_t at = 0; at < mean.size(); ++at)
    sums[at % sums.size()] += mean[at] * (double{item.values[at]} - baseline[at]);
  std::ranges::transform(sums, map.values.begin(), [](double sum) { return static_cast<float>(sum); });
  map.score = network.gradient(item, target).value;
  map.baseline_score = network.gradient({item.shape, baseline}, target).value;
  map.runs = rule.points.size() + 2;
  return map;
}

Quadrature gauss_legendre(int n) {
  Quadrature rule;
  for (int i = n; i >= 1; --i) {
    double x = std::cos(std::numbers::pi * (i - 0.25) / (n + 0.5));  // close enough for Newton
    for (int turn = 0; turn < 10; ++turn) {
      const auto [value, slope] = legendre(n, x);
      x -= value / slope;
    }
    const double slope = legendre(n, x).second;
    rule.points.push_back((x + 1) / 2);
    rule.weights.push_back(1 / ((1 - x * x) * slope * slope));
  }
  return rule;
}

}  // namespace radbatch
