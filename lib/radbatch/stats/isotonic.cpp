#include "radbatch/stats/isotonic.hpp"

#include <algorithm>
#include <numeric>

namespace radbatch {
namespace {

struct Block {
  double first_x, last_x, weight, sum;

  double mean() const { return sum / weight; }
};

/// The mean of every distinct x, ascending.
std::vector<Block> distinct_points(std::span<const double> x, std::span<const double> y,
                                   std::span<const double> weights) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (!std::ranges::is_sorted(x)) std::ranges::stable_sort(order, {}, [&](std::size_t i) { return x[i]; });
  std::vector<Block> points;
  for (const std::size_t i : order) {
    const double weight = weights.empty() ? 1 : weights[i];
    if (weight == 0) continue;
    if (points.empty() || points.back().last_x != x[i]) points.push_back({x[i], x[i], 0, 0});
    points.back().weight += weight;
    points.back().sum += weight * y[i];
  }
  return points;
}

}  // namespace

IsotonicFit fit_isotonic(std::span<const double> x, std::span<const double> y,
                         std::span<const double> weights) {
  std::vector<Block> blocks;
  for (const Block& point : distinct_points(x, y, weights)) {
    blocks.push_back(point);
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() >= blocks.back().mean()) {
      Block& below = blocks[blocks.size() - 2];
      below.last_x = blocks.back().last_x;
      below.weight += blocks.back().weight;
      below.sum += blocks.back().sum;
      blocks.pop_back();
    }
  }
  IsotonicFit fit;
  for (const Block& block : blocks) {
    fit.x.push_back(block.first_x);
    fit.y.push_back(block.mean());
    if (block.last_x == block.first_x) continue;
    fit.x.push_back(block.last_x);
    fit.y.push_back(block.mean());
  }
  return fit;
}

double IsotonicFit::at(double value) const {
  const auto above = std::ranges::upper_bound(x, value);
  if (above == x.begin()) return y.front();
  if (above == x.end()) return y.back();
  const auto i = static_cast<std::size_t>(above - x.begin());
  return y[i - 1] + (value - x[i - 1]) / (x[i] - x[i - 1]) * (y[i] - y[i - 1]);
}

}  // namespace radbatch
