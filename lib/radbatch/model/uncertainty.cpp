#include "radbatch/model/uncertainty.hpp"

#include <cmath>
#include <numeric>

namespace radbatch {
namespace {

double information(double p) {
  return p > 0 ? -p * std::log(p) : 0;
}

}  // namespace

std::optional<double> entropy(HeadKind kind, std::span<const float> values) {
  if (kind == HeadKind::regression) return std::nullopt;
  double total = 0;
  if (kind == HeadKind::multi_class) {
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    for (const float p : values) total += sum > 0 ? information(p / sum) : 0;
    return total;
  }
  for (const double p : values) total += information(p) + information(1 - p);
  return total / static_cast<double>(values.size());
}

Spread spread(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, values.size() > 1 ? std::sqrt(squares / (n - 1)) : 0};
}

}  // namespace radbatch
