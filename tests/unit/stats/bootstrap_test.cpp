#include "radbatch/stats/bootstrap.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "radbatch/stats/auroc.hpp"
#include "radbatch/stats/precision_recall.hpp"
#include "radbatch/stats/weighted_metrics.hpp"

using namespace radbatch;

namespace {

/// Scores with some ties and their truth; unit i is of cluster i / per_cluster.
struct Example {
  std::vector<double> scores;
  std::vector<bool> truth;
  std::vector<std::uint32_t> cluster;

  Example(std::uint32_t n, std::uint32_t per_cluster, int n_levels) {
    for (std::uint32_t i = 0; i < n; ++i) {
      truth.push_back(i * 104729U % 13 < 4);
      scores.push_back(static_cast<double>((i * 7919U) % static_cast<std::uint32_t>(n_levels)) / n_levels +
                       (truth.back() ? 0.25 : 0));
      cluster.push_back(i / per_cluster);
    }
  }
  RankedScores ranked() const { return rank_scores(scores, truth); }
};

double mean_weight(ClusterCounts counts) {
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) sum += static_cast<double>(i) * counts[i];
  return sum / static_cast<double>(counts.size());
}

}  // namespace

TEST_CASE("a resample draws as many clusters as there are, and is a function of seed and number") {
  std::vector<std::uint32_t> first(101), again(101), next(101);
  draw_clusters(7, 3, first);
  draw_clusters(7, 3, again);
  draw_clusters(7, 4, next);
  CHECK(std::accumulate(first.begin(), first.end(), 0U) == 101);
  CHECK(first == again);
  CHECK(first != next);
}

TEST_CASE("the bootstrap's standard error of a mean is sigma over root n") {
  const BootstrapPlan plan{.n_resamples = 4000, .seed = 1};
  const Bootstrapped mean = bootstrap(plan, 50, 1, [](ClusterCounts counts, std::span<double> values) {
    values[0] = mean_weight(counts);
  })[0];
  CHECK(*mean.value == 24.5);
  // The numbers 0 to 49 have variance (50^2 - 1) / 12.
  CHECK(*mean.standard_error == doctest::Approx(std::sqrt(2499.0 / 12 / 50)).epsilon(0.03));
  CHECK(mean.interval->method == "bootstrap BCa, 4,000 resamples of patients");
}

TEST_CASE("results do not depend on the number of threads") {
  auto low = [](std::size_t threads) {
    const BootstrapPlan plan{.n_resamples = 500, .seed = 9, .threads = threads};
    return bootstrap(
               plan, 40, 1,
               [](ClusterCounts counts, std::span<double> values) { values[0] = mean_weight(counts); })[0]
        .interval->low;
  };
  CHECK(low(1) == low(3));
}

TEST_CASE("weighted areas equal the areas of the copied units") {
  for (const int n_levels : {7, 100003}) {
    const Example data(60, 2, n_levels);
    std::vector<std::uint32_t> counts(30);
    draw_clusters(5, 0, counts);
    Example copied(0, 1, 1);
    for (std::size_t i = 0; i < 60; ++i) {
      for (std::uint32_t k = 0; k < counts[data.cluster[i]]; ++k) {
        copied.scores.push_back(data.scores[i]);
        copied.truth.push_back(data.truth[i]);
      }
    }
    const WeightedScores weighted(data.ranked(), data.cluster);
    CHECK(weighted.auroc(counts) == doctest::Approx(*auroc(copied.ranked()).value).epsilon(1e-13));
    CHECK(weighted.average_precision(counts) ==
          doctest::Approx(*average_precision(copied.ranked()).value).epsilon(1e-13));
  }
}

TEST_CASE("the clustered bootstrap of an area agrees with Obuchowski's variance") {
  const Example data(600, 3, 100003);
  const WeightedScores weighted(data.ranked(), data.cluster);
  const Bootstrapped drawn = bootstrap({.n_resamples = 4000}, 200, 1, [&](ClusterCounts counts, auto values) {
    values[0] = weighted.auroc(counts);
  })[0];
  const Auroc closed = clustered_auroc(data.ranked(), data.cluster, 200);
  CHECK(*drawn.value == doctest::Approx(*closed.value).epsilon(1e-13));
  CHECK(*drawn.standard_error == doctest::Approx(*closed.standard_error).epsilon(0.05));
}

TEST_CASE("drawing alike clusters together gives the same spread as drawing them one by one") {
  CellUnits units{{}, {}, 2};
  for (std::uint32_t i = 0; i < 1000; ++i) units.cell.push_back(i % 4 == 0 ? 1 : 0);
  const auto share = [](std::span<const double> counts, std::span<double> values) {
    values[0] = counts[1] / (counts[0] + counts[1]);
  };
  const BootstrapPlan plan{.n_resamples = 4000};
  const Bootstrapped together = bootstrap_cells(plan, units, 1, share)[0];
  for (std::uint32_t i = 0; i < 1000; ++i) units.cluster.push_back(i);
  units.cell.resize(100);
  units.cluster.resize(100);
  const Bootstrapped apart = bootstrap_cells(plan, units, 1, share)[0];
  CHECK(*together.standard_error == doctest::Approx(std::sqrt(0.25 * 0.75 / 1000)).epsilon(0.04));
  CHECK(*apart.standard_error == doctest::Approx(std::sqrt(0.25 * 0.75 / 100)).epsilon(0.04));
}

TEST_CASE("a paired difference of a metric with itself is nothing, and says so") {
  const WeightedMetrics mean = [](ClusterCounts counts, std::span<double> values) {
    values[0] = mean_weight(counts);
  };
  const WeightedMetrics shifted = [&](ClusterCounts counts, std::span<double> values) {
    values[0] = 0.5 * mean_weight(counts);
  };
  CHECK(bootstrap_differences({}, 20, 1, mean, mean)[0].why_not == "all resamples have the same value");
  const Bootstrapped other = bootstrap_differences({}, 20, 1, mean, shifted)[0];
  CHECK(*other.value == doctest::Approx(4.75));
  CHECK(*other.p_zero == doctest::Approx(2.0 / 2001));
}

TEST_CASE("no interval from one cluster, from nothing, or from mostly undefined resamples") {
  const auto one = [](ClusterCounts, std::span<double> values) { values[0] = 1; };
  CHECK(bootstrap({}, 1, 1, one)[0].why_not == "there is nothing to draw from: only one of patients");
  const auto rare = [](ClusterCounts counts, std::span<double> values) {
    values[0] = counts[0] > 0 ? counts[1] : std::nan("");
  };
  const Bootstrapped often_undefined = bootstrap({}, 50, 1, rare)[0];
  CHECK(often_undefined.why_not.substr(0, 5) == "only ");
  CHECK_FALSE(often_undefined.interval);
}
