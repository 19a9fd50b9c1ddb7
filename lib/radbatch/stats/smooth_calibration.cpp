#include "radbatch/stats/smooth_calibration.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "radbatch/stats/isotonic.hpp"

namespace radbatch {
namespace {

constexpr std::size_t MOST_EXACT_PLACES = 1000;
constexpr std::size_t COARSE_PLACES = 400;
constexpr std::size_t MOST_POINTS = 4000;

struct Gap {
  double size, n;
};

/// Type 7 of Hyndman and Fan, Am Stat 50 (1996) 361-365, of values that stand there n times each.
double quantile(std::span<const Gap> sorted, double total, double share) {
  const double place = share * (total - 1);
  const double below = std::floor(place);
  double passed = 0;
  auto low = sorted.begin();
  for (; low + 1 != sorted.end() && passed + low->n <= below; ++low) passed += low->n;
  auto high = low;
  if (passed + low->n <= below + 1 && low + 1 != sorted.end()) ++high;
  return low->size + (place - below) * (high->size - low->size);
}

/// `n` of the values, evenly by position, the first and the last among them.
std::vector<double> some_of(std::span<const double> values, std::size_t n) {
  std::vector<double> chosen;
  for (std::size_t k = 0; k < n; ++k) chosen.push_back(values[k * (values.size() - 1) / (n - 1)]);
  return chosen;
}

/// Neighbouring scores together at their mean, about equally many units in each of MOST_POINTS groups: a
/// local fit does not see the difference, and its cost no longer grows with the cases.
ScorePoints grouped(const ScorePoints& points) {
  ScorePoints result;
  const double total = std::accumulate(points.n.begin(), points.n.end(), 0.0);
  double passed = 0, limit = 0;
  for (std::size_t k = 0; k < points.score.size(); ++k) {
    if (points.n[k] <= 0) continue;
    if (passed >= limit) {
      result.score.push_back(0);
      result.n.push_back(0);
      result.n_positive.push_back(0);
      limit = std::floor(passed / total * MOST_POINTS + 1) * total / MOST_POINTS;
    }
    passed += points.n[k];
    result.n.back() += points.n[k];
    result.n_positive.back() += points.n_positive[k];
    result.score.back() += points.n[k] * (points.score[k] - result.score.back()) / result.n.back();
  }
  return result;
}

}  // namespace

std::string_view name(CurveKind kind) {
  return kind == CurveKind::loess ? "LOESS" : "isotonic";
}

ScorePoints score_points(std::span<const double> scores, const std::vector<bool>& positive) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return scores[i]; });
  ScorePoints points;
  for (const std::size_t i : order) {
    if (points.score.empty() || points.score.back() != scores[i]) {
      points.score.push_back(scores[i]);
      points.n.push_back(0);
      points.n_positive.push_back(0);
    }
    ++points.n.back();
    if (positive[i]) ++points.n_positive.back();
  }
  return points;
}

std::vector<double> calibration_curve(const ScorePoints& points, std::span<const double> places,
                                      const SmoothOptions& options) {
  if (options.kind == CurveKind::loess && points.score.size() > MOST_POINTS + MOST_POINTS / 2)
    return calibration_curve(grouped(points), places, options);
  std::vector<double> frequency(points.score.size());
  double total = 0;
  for (std::size_t k = 0; k < frequency.size(); ++k) {
    if (points.n[k] > 0) frequency[k] = points.n_positive[k] / points.n[k];
    total += points.n[k];
  }
  if (total <= 0) return std::vector<double>(places.size(), std::numeric_limits<double>::quiet_NaN());
  std::vector<double> values;
  if (options.kind == CurveKind::loess) {
    values = loess(points.score, frequency, points.n, places, options.loess);
  } else {
    const IsotonicFit fit = fit_isotonic(points.score, frequency, points.n);
    for (const double place : places) values.push_back(fit.at(place));
  }
  for (double& value : values) value = std::clamp(value, 0.0, 1.0);
  return values;
}

std::vector<double> curve_places(const ScorePoints& points, std::size_t n) {
  std::vector<double> places;
  if (points.score.empty()) return places;
  const double total = std::accumulate(points.n.begin(), points.n.end(), 0.0);
  const std::size_t half = std::max<std::size_t>(n / 2, 2);
  const double low = points.score.front(), high = points.score.back();
  double passed = points.n.front();
  std::size_t at = 0;
  for (std::size_t k = 0; k < half; ++k) {
    const double share = static_cast<double>(k) / static_cast<double>(half - 1);
    places.push_back(k + 1 == half ? high : low + share * (high - low));
    while (at + 1 < points.score.size() && passed < share * total) passed += points.n[++at];
    places.push_back(points.score[at]);
  }
  std::ranges::sort(places);
  const auto repeated = std::ranges::unique(places);
  places.erase(repeated.begin(), repeated.end());
  return places;
}

IntegratedErrors integrated_errors(const ScorePoints& points, std::span<const double> places,
                                   std::span<const double> curve) {
  std::vector<Gap> gaps;
  double total = 0, sum = 0;
  std::size_t above = 0;  // places[above - 1] <= score <= places[above]
  for (std::size_t k = 0; k < points.score.size(); ++k) {
    const double score = points.score[k];
    while (above < places.size() && places[above] < score) ++above;
    double value = curve[std::min(above, places.size() - 1)];
    if (above > 0 && above < places.size() && places[above] > score) {
      const double share = (score - places[above - 1]) / (places[above] - places[above - 1]);
      value = curve[above - 1] + share * (curve[above] - curve[above - 1]);
    }
    if (points.n[k] <= 0) continue;
    gaps.push_back({std::abs(score - value), points.n[k]});
    total += points.n[k];
    sum += points.n[k] * gaps.back().size;
  }
  if (gaps.empty()) return {std::nan(""), std::nan(""), std::nan("")};
  std::ranges::sort(gaps, {}, &Gap::size);
  return {sum / total, quantile(gaps, total, 0.5), quantile(gaps, total, 0.9)};
}

IntegratedErrors integrated_errors(const ScorePoints& points, const SmoothOptions& options) {
  const std::vector<double> places =
      points.score.size() <= MOST_EXACT_PLACES ? points.score : some_of(points.score, COARSE_PLACES);
  return integrated_errors(points, places, calibration_curve(points, places, options));
}

}  // namespace radbatch
