#include "radbatch/stats/precision_recall.hpp"

#include <cmath>

namespace radbatch {
namespace {

double precision_of(const CalledCounts& called) {
  return static_cast<double>(called.true_positive) /
         static_cast<double>(called.true_positive + called.false_positive);
}

double area_of(const RankedScores& ranked) {
  double sum = 0;
  std::size_t before = 0;
  for (const CalledCounts& called : called_counts(ranked)) {
    sum += static_cast<double>(called.true_positive - before) * precision_of(called);
    before = called.true_positive;
  }
  return sum / static_cast<double>(ranked.n_positive);
}

}  // namespace

Estimate average_precision(const RankedScores& ranked, double level) {
  Estimate result;
  result.n = ranked.size();
  result.n_positive = ranked.n_positive;
  if (ranked.n_positive == 0) {
    result.why_not = ranked.size() == 0 ? "there are no labelled cases" : "no case has the finding";
    return result;
  }
  const double area = area_of(ranked);
  result.value = area;
  if (ranked.n_positive < 2 || ranked.n_negative() == 0 || area >= 1) {
    result.why_not = ranked.n_positive < 2      ? "one case with the finding gives no variance"
                     : ranked.n_negative() == 0 ? "every case has the finding"
                                                : "the ranking is perfect: the variance is zero";
    return result;
  }
  const double center = std::log(area / (1 - area));
  const double half =
      normal_quantile(level) / std::sqrt(static_cast<double>(ranked.n_positive) * area * (1 - area));
  const auto expit = [](double x) { return 1 / (1 + std::exp(-x)); };
  result.interval = Interval{expit(center - half), expit(center + half), level, "logit (Boyd)"};
  return result;
}

std::vector<PrecisionRecallPoint> precision_recall_curve(const RankedScores& ranked) {
  std::vector<PrecisionRecallPoint> points;
  if (ranked.n_positive == 0) return points;
  const std::vector<CalledCounts> called = called_counts(ranked);
  for (std::size_t i = 0; i < called.size(); ++i) {
    const bool grows = called[i].true_positive > (i == 0 ? 0 : called[i - 1].true_positive);
    const bool grows_next = i + 1 < called.size() && called[i + 1].true_positive > called[i].true_positive;
    if (!grows && !grows_next) continue;
    points.push_back({called[i].threshold,
                      static_cast<double>(called[i].true_positive) / static_cast<double>(ranked.n_positive),
                      precision_of(called[i])});
    if (called[i].true_positive == ranked.n_positive) break;
  }
  return points;
}

}  // namespace radbatch
