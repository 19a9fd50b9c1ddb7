#include "radbatch/model/activation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

void softmax(std::span<double> values) {
  const double largest = *std::ranges::max_element(values);
  double sum = 0;
  for (double& value : values) sum += value = std::exp(value - largest);
  for (double& value : values) value /= sum;
}

double sigmoid(double value) {
  // Each branch keeps exp's argument negative, so that nothing overflows.
  if (value >= 0) return 1 / (1 + std::exp(-value));
  const double e = std::exp(value);
  return e / (1 + e);
}

bool is_stepwise(Activation activation) {
  return activation == Activation::cumulative || activation == Activation::corn;
}

/// P(grade = k) from the steps between grades.
void grades(Activation activation, std::span<const float> raw, std::span<double> values) {
  double above = 1;  // P(grade >= k)
  for (std::size_t k = 0; k < raw.size(); ++k) {
    const double step = sigmoid(raw[k]);
    const double next = activation == Activation::corn ? above * step : std::min(above, step);
    values[k] = above - next;
    above = next;
  }
  values.back() = above;
}

void require_probabilities(const Head& head, std::span<const double> values) {
  for (const double value : values) {
    if (value >= 0 && value <= 1) continue;
    throw Error(Reason::model_output,
                fmt::format("head '{}' declares its activation inside the network, but output "
                            "'{}' holds {:g}, which is no probability",
                            head.name, head.output, value));
  }
}

}  // namespace

std::size_t raw_classes(const Head& head) {
  return head.findings.size() - (is_stepwise(head.activation) ? 1 : 0);
}

void activate(const Head& head, std::span<const float> raw, std::span<double> values) {
  if (is_stepwise(head.activation)) return grades(head.activation, raw, values);
  std::ranges::copy(raw, values.begin());
  if (head.activation == Activation::softmax) softmax(values);
  if (head.activation == Activation::sigmoid) std::ranges::transform(values, values.begin(), sigmoid);
  if (head.activation == Activation::inside && head.kind != HeadKind::regression)
    require_probabilities(head, values);
}

}  // namespace radbatch
