// How often the 95 % intervals of differences hold the true one, and how often their tests reject when there
// is none: the figures of docs/report-comparison.md.
//
//   coverage-differences [simulations] [seed]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>

#include "radbatch/stats/auroc.hpp"
#include "radbatch/stats/difference.hpp"
#include "radbatch/stats/student_difference.hpp"

using namespace radbatch;

namespace {

using Random = std::mt19937_64;

double normal(Random& random) {
  return std::normal_distribution<double>()(random);
}

bool chance(Random& random, double share) {
  return std::uniform_real_distribution<double>()(random) < share;
}

double phi(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

/// Where a normal variable lies above 0 with that share.
double shift_of(double share) {
  double low = -6;
  double high = 6;
  for (int i = 0; i < 60; ++i) (phi((low + high) / 2) < share ? low : high) = (low + high) / 2;
  return low;
}

void measure(const char* name, double truth, int n, Random& random,
             const std::function<Difference(Random&)>& draw) {
  int made = 0;
  int covered = 0;
  int rejected = 0;
  double width = 0;
  for (int i = 0; i < n; ++i) {
    const Difference difference = draw(random);
    if (!difference.estimate.interval) continue;
    ++made;
    const Interval& interval = *difference.estimate.interval;
    covered += interval.low <= truth && truth <= interval.high ? 1 : 0;
    rejected += difference.p && *difference.p < 0.05 ? 1 : 0;
    width += interval.high - interval.low;
  }
  std::printf("%-62s %6d %8.4f %8.4f %8.4f\n", name, made, double(covered) / made, double(rejected) / made,
              width / made);
}

/// Two scores of 100 units, correlated by half, that tell the classes apart by `first` and `second`.
Difference paired_areas(Random& random, double prevalence, double first, double second) {
  std::vector<std::vector<double>> scores(2);
  std::vector<bool> positive;
  for (int i = 0; i < 100; ++i) {
    positive.push_back(chance(random, prevalence));
    const double common = normal(random);
    for (const std::size_t s : {0, 1})
      scores[s].push_back((positive.back() ? (s == 0 ? first : second) : 0) +
                          std::sqrt(0.5) * (common + normal(random)));
  }
  const PairedAuroc areas = paired_auroc(scores, positive);
  if (areas.covariance.empty()) return {};
  const auto& c = areas.covariance;
  return normal_difference(areas.values[0] - areas.values[1],
                           std::sqrt(std::max(0.0, c[0][0] + c[1][1] - 2 * c[0][1])), 0.95, "", "");
}

Difference independent_areas(Random& random, int n_first, int n_second, double apart) {
  double value[2] = {0, 0};
  double error[2] = {0, 0};
  double smaller[2] = {0, 0};
  for (const int group : {0, 1}) {
    std::vector<double> scores;
    std::vector<bool> positive;
    for (int i = 0; i < (group == 0 ? n_first : n_second); ++i) {
      positive.push_back(chance(random, 0.3));
      scores.push_back(normal(random) + (positive.back() ? apart : 0));
    }
    const Auroc area = auroc(scores, positive);
    if (area.standard_error.value_or(0) <= 0) return {};
    value[group] = *area.value;
    error[group] = *area.standard_error;
    smaller[group] = static_cast<double>(std::min(area.n_positive, area.n_negative));
  }
  const EstimatedVariance first{error[0] * error[0], smaller[0] - 1};
  const EstimatedVariance second{error[1] * error[1], smaller[1] - 1};
  return student_difference(value[0] - value[1], std::hypot(error[0], error[1]), welch_degrees(first, second),
                            0.95, "", "");
}

Difference paired(Random& random, int n, double first, double second) {
  PairedCounts counts;
  for (int i = 0; i < n; ++i) {
    const double common = normal(random);
    counts.add(std::sqrt(0.5) * (common + normal(random)) < shift_of(first),
               std::sqrt(0.5) * (common + normal(random)) < shift_of(second));
  }
  return paired_shares(counts);
}

Difference independent(Random& random, int n_first, int n_second, double first, double second) {
  TwoGroups groups{0, static_cast<std::size_t>(n_first), 0, static_cast<std::size_t>(n_second)};
  for (int i = 0; i < n_first; ++i) groups.first_yes += chance(random, first) ? 1U : 0U;
  for (int i = 0; i < n_second; ++i) groups.second_yes += chance(random, second) ? 1U : 0U;
  return independent_shares(groups);
}

/// Patients of 1 to 4 units that share half of the variance; `by_group`: every unit is in one of two groups.
Difference clustered(Random& random, std::uint32_t n_patients, double first, double second, bool by_group) {
  std::vector<double> values;
  std::vector<std::uint32_t> cluster;
  std::vector<bool> in_first;
  for (std::uint32_t patient = 0; patient < n_patients; ++patient) {
    const double common = normal(random);
    const std::uint64_t size = 1 + random() % 4;
    for (std::uint64_t i = 0; i < size; ++i) {
      const bool group = chance(random, 0.4);
      const bool a =
          std::sqrt(0.5) * (common + normal(random)) < shift_of(by_group && !group ? second : first);
      const bool b = std::sqrt(0.5) * (common + normal(random)) < shift_of(second);
      values.push_back(by_group ? static_cast<double>(a) : static_cast<double>(a) - static_cast<double>(b));
      cluster.push_back(patient);
      in_first.push_back(group);
    }
  }
  return by_group ? clustered_groups(values, in_first, cluster) : clustered_paired(values, cluster);
}

}  // namespace

int main(int argc, char** argv) {
  const int n = argc > 1 ? std::atoi(argv[1]) : 2000;
  Random random(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
  const double area = phi(1 / std::sqrt(2.0)) - phi(0.6 / std::sqrt(2.0));
  std::printf("%-62s %6s %8s %8s %8s\n", "", "made", "covered", "p < .05", "width");
  measure("AUROC paired, n 100, prevalence 0.5, difference 0.096", area, n, random,
          [](Random& r) { return paired_areas(r, 0.5, 1, 0.6); });
  measure("AUROC paired, n 100, prevalence 0.5, no difference", 0, n, random,
          [](Random& r) { return paired_areas(r, 0.5, 1, 1); });
  measure("AUROC paired, n 100, prevalence 0.1, difference 0.096", area, n, random,
          [](Random& r) { return paired_areas(r, 0.1, 1, 0.6); });
  measure("AUROC paired, n 100, prevalence 0.1, no difference", 0, n, random,
          [](Random& r) { return paired_areas(r, 0.1, 1, 1); });
  measure("AUROC of groups of 40 and 160, prevalence 0.3, no difference", 0, n, random,
          [](Random& r) { return independent_areas(r, 40, 160, 1); });
  measure("shares paired, n 10, 0.8 and 0.7", 0.1, n, random,
          [](Random& r) { return paired(r, 10, 0.8, 0.7); });
  measure("shares paired, n 50, 0.8 and 0.7", 0.1, n, random,
          [](Random& r) { return paired(r, 50, 0.8, 0.7); });
  measure("shares paired, n 50, 0.8 and 0.8", 0, n, random,
          [](Random& r) { return paired(r, 50, 0.8, 0.8); });
  measure("shares paired, n 300, 0.9 and 0.9", 0, n, random,
          [](Random& r) { return paired(r, 300, 0.9, 0.9); });
  measure("shares of groups of 20 and 80, 0.8 and 0.7", 0.1, n, random,
          [](Random& r) { return independent(r, 20, 80, 0.8, 0.7); });
  measure("shares of groups of 20 and 80, 0.8 and 0.8", 0, n, random,
          [](Random& r) { return independent(r, 20, 80, 0.8, 0.8); });
  measure("shares paired, 30 patients of 1 to 4, 0.8 and 0.7", 0.1, n, random,
          [](Random& r) { return clustered(r, 30, 0.8, 0.7, false); });
  measure("shares paired, 30 patients of 1 to 4, 0.8 and 0.8", 0, n, random,
          [](Random& r) { return clustered(r, 30, 0.8, 0.8, false); });
  measure("shares of groups in 30 patients of 1 to 4, 0.8 and 0.8", 0, n, random,
          [](Random& r) { return clustered(r, 30, 0.8, 0.8, true); });
  measure("shares of groups in 100 patients of 1 to 4, 0.8 and 0.7", 0.1, n, random,
          [](Random& r) { return clustered(r, 100, 0.8, 0.7, true); });
  return 0;
}
