#include "radbatch/stats/auroc.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace radbatch {
namespace {

std::vector<std::size_t> ascending(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  return order;
}

/// 1-based ranks; equal values share the mean of theirs.
std::vector<double> midranks(std::span<const double> values) {
  const std::vector<std::size_t> order = ascending(values);
  std::vector<double> ranks(values.size());
  for (std::size_t start = 0; start < order.size();) {
    std::size_t end = start;
    while (end < order.size() && values[order[end]] == values[order[start]]) ++end;
    const double rank = 0.5 * static_cast<double>(start + 1 + end);
    for (std::size_t i = start; i < end; ++i) ranks[order[i]] = rank;
    start = end;
  }
  return ranks;
}

double sample_variance(std::span<const double> values) {
  const double n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / (n - 1);
}

struct Split {
  std::vector<double> positive;
  std::vector<double> negative;
};

Split split_by(std::span<const double> values, const std::vector<bool>& positive) {
  Split split;
  for (std::size_t i = 0; i < values.size(); ++i)
    (positive[i] ? split.positive : split.negative).push_back(values[i]);
  return split;
}

/// DeLong's structural components: for each case, the share of cases of the other class that it ranks
/// rightly.
Split placements(std::span<const double> scores, const std::vector<bool>& positive) {
  const Split own_scores = split_by(scores, positive);
  Split placed = split_by(midranks(scores), positive);
  const std::vector<double> among_positive = midranks(own_scores.positive);
  const std::vector<double> among_negative = midranks(own_scores.negative);
  const double m = static_cast<double>(among_positive.size());
  const double n = static_cast<double>(among_negative.size());
  for (std::size_t i = 0; i < among_positive.size(); ++i) {
    placed.positive[i] = (placed.positive[i] - among_positive[i]) / n;
  }
  for (std::size_t j = 0; j < among_negative.size(); ++j) {
    placed.negative[j] = 1 - (placed.negative[j] - among_negative[j]) / m;
  }
  return placed;
}

Interval logit_interval(double value, double standard_error, double level) {
  const double center = std::log(value / (1 - value));
  const double half = normal_quantile(level) * standard_error / (value * (1 - value));
  auto expit = [](double x) { return 1 / (1 + std::exp(-x)); };
  return {expit(center - half), expit(center + half), level, "DeLong, logit scale"};
}

}  // namespace

Auroc auroc(std::span<const double> scores, const std::vector<bool>& positive, double level) {
  Auroc result;
  result.n_positive = static_cast<std::size_t>(std::ranges::count(positive, true));
  result.n_negative = positive.size() - result.n_positive;
  if (result.n_positive == 0 || result.n_negative == 0) {
    result.why_not = positive.empty()         ? "there are no labelled cases"
                     : result.n_positive == 0 ? "no case has the finding"
                                              : "every case has the finding";
    return result;
  }
  const Split placed = placements(scores, positive);
  const double m = static_cast<double>(result.n_positive);
  const double n = static_cast<double>(result.n_negative);
  result.value = std::accumulate(placed.positive.begin(), placed.positive.end(), 0.0) / m;
  if (result.n_positive < 2 || result.n_negative < 2) {
    result.why_not = "one case of a class gives no variance";
    return result;
  }
  const double variance = sample_variance(placed.positive) / m + sample_variance(placed.negative) / n;
  result.standard_error = std::sqrt(variance);
  if (*result.value <= 0 || *result.value >= 1 || variance <= 0) {
    result.why_not = "the ranking is perfect: DeLong's variance is zero";
    return result;
  }
  result.interval = logit_interval(*result.value, *result.standard_error, level);
  return result;
}

std::vector<RocPoint> roc_curve(std::span<const double> scores, const std::vector<bool>& positive) {
  const std::size_t n_positive = static_cast<std::size_t>(std::ranges::count(positive, true));
  const std::size_t n_negative = positive.size() - n_positive;
  if (n_positive == 0 || n_negative == 0) return {};
  const std::vector<std::size_t> order = ascending(scores);
  struct Count {
    double threshold;
    std::size_t false_positive, true_positive;
  };
  std::vector<Count> corners{{std::numeric_limits<double>::infinity(), 0, 0}};
  auto straight = [](const Count& a, const Count& b, const Count& c) {
    return (b.true_positive - a.true_positive) * (c.false_positive - b.false_positive) ==
           (c.true_positive - b.true_positive) * (b.false_positive - a.false_positive);
  };
  for (std::size_t i = order.size(); i > 0;) {
    Count next{scores[order[i - 1]], corners.back().false_positive, corners.back().true_positive};
    for (; i > 0 && scores[order[i - 1]] == next.threshold; --i) {
      ++(positive[order[i - 1]] ? next.true_positive : next.false_positive);
    }
    const std::size_t size = corners.size();
    if (size >= 2 && straight(corners[size - 2], corners[size - 1], next)) corners.pop_back();
    corners.push_back(next);
  }
  std::vector<RocPoint> points;
  for (const Count& corner : corners) {
    points.push_back({corner.threshold,
                      static_cast<double>(corner.false_positive) / static_cast<double>(n_negative),
                      static_cast<double>(corner.true_positive) / static_cast<double>(n_positive)});
  }
  return points;
}

}  // namespace radbatch
