// The report's statistics alone: how fast, and how often their intervals cover the truth.
//
//   bench-statistics areas FILE N FINDINGS             CPU seconds, then AUROC, its error and AUPRC per
//   finding bench-statistics bootstrap FILE N FINDINGS CLUSTERS RESAMPLES THREADS
//                                                      seconds, then the interval of each AUROC
//   bench-statistics coverage SIMULATIONS              share of 95 % intervals that hold the true value
//
// FILE holds float64 scores[finding][case], then a byte per truth[finding][case], then a uint32 per
// cluster[case].
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "radbatch/stats/auroc.hpp"
#include "radbatch/stats/binary_metrics.hpp"
#include "radbatch/stats/bootstrap.hpp"
#include "radbatch/stats/counter_random.hpp"
#include "radbatch/stats/precision_recall.hpp"
#include "radbatch/stats/weighted_metrics.hpp"

using namespace radbatch;

namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Input {
  std::vector<std::vector<double>> scores;
  std::vector<std::vector<bool>> truth;
  std::vector<std::uint32_t> cluster;
};

Input read_input(const char* path, std::size_t n, std::size_t n_findings) {
  std::ifstream file(path, std::ios::binary);
  Input input;
  for (std::size_t f = 0; f < n_findings; ++f) {
    input.scores.emplace_back(n);
    file.read(reinterpret_cast<char*>(input.scores.back().data()), static_cast<std::streamsize>(n * 8));
  }
  std::vector<char> bytes(n);
  for (std::size_t f = 0; f < n_findings; ++f) {
    file.read(bytes.data(), static_cast<std::streamsize>(n));
    input.truth.emplace_back(bytes.begin(), bytes.end());
  }
  input.cluster.resize(n);
  file.read(reinterpret_cast<char*>(input.cluster.data()), static_cast<std::streamsize>(n * 4));
  return input;
}

/// What the report's tables hold of a finding: areas, and the counts of a threshold with all read from them.
int bench_areas(const Input& input) {
  const std::clock_t start = std::clock();
  std::string lines;
  for (std::size_t f = 0; f < input.scores.size(); ++f) {
    const RankedScores ranked = rank_scores(input.scores[f], input.truth[f]);
    const Auroc area = auroc(ranked);
    const Estimate precision = average_precision(ranked);
    DecidedUnits units{input.truth[f], {}, {}};
    units.decision.reserve(input.scores[f].size());
    for (const double score : input.scores[f]) units.decision.push_back(score >= 0.5);
    const std::vector<Estimate> metrics = binary_metrics(units, {});
    char line[256];
    std::snprintf(line, sizeof line, "%.17g %.17g %.17g %.17g %.17g\n", *area.value, *area.standard_error,
                  *precision.value, *metrics[0].value, *metrics[8].value);
    lines += line;
  }
  std::printf("%.6f\n%s", static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, lines.c_str());
  return 0;
}

int bench_bootstrap(const Input& input, std::size_t n_clusters, std::size_t n_resamples,
                    std::size_t threads) {
  const double start = seconds_now();
  std::vector<WeightedScores> findings;
  for (std::size_t f = 0; f < input.scores.size(); ++f)
    findings.emplace_back(rank_scores(input.scores[f], input.truth[f]), input.cluster);
  const std::vector<Bootstrapped> drawn =
      bootstrap({.n_resamples = n_resamples, .threads = threads, .interval = BootstrapInterval::percentile},
                n_clusters, findings.size(), [&](ClusterCounts counts, std::span<double> values) {
                  for (std::size_t f = 0; f < findings.size(); ++f) values[f] = findings[f].auroc(counts);
                });
  std::printf("%.6f\n", seconds_now() - start);
  for (const Bootstrapped& one : drawn) std::printf("%.17g %.17g\n", one.interval->low, one.interval->high);
  return 0;
}

// --- coverage ---------------------------------------------------------------------------------------------

constexpr double separation = 1.1902;  // of two normal distributions: AUROC 0.8
constexpr double cut = 0.6;

double normal_cdf(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

struct Sample {
  std::vector<double> scores;
  std::vector<bool> truth;
  std::vector<std::uint32_t> cluster;
};

/// Binormal scores; `per_cluster` units of a cluster share half of their variance.
Sample draw_sample(std::uint64_t number, std::size_t n, double prevalence, std::uint32_t per_cluster) {
  CounterRandom random(20240607, number);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  Sample sample;
  double shared = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    if (i % per_cluster == 0) shared = normal(random);
    const bool positive = uniform(random) < prevalence;
    const double noise = per_cluster == 1 ? normal(random) : std::sqrt(0.5) * (shared + normal(random));
    sample.scores.push_back(noise + (positive ? separation : 0));
    sample.truth.push_back(positive);
    sample.cluster.push_back(i / per_cluster);
  }
  return sample;
}

struct Tally {
  std::size_t n = 0, covered = 0, without = 0;
  double width = 0;
};

class Coverage {
 public:
  void add(const std::string& name, double truth, const std::optional<Interval>& interval) {
    Tally& tally = tallies_[name];
    if (!interval) {
      ++tally.without;
      return;
    }
    ++tally.n;
    tally.covered += interval->low <= truth && truth <= interval->high ? 1U : 0U;
    tally.width += interval->high - interval->low;
  }
  void print(const char* heading) const {
    std::printf("%s\n", heading);
    for (const auto& [name, tally] : tallies_) {
      std::printf("  %-52s %6.2f %%  width %.3f  without interval %zu\n", name.c_str(),
                  100.0 * static_cast<double>(tally.covered) / static_cast<double>(tally.n),
                  tally.width / static_cast<double>(tally.n), tally.without);
    }
    std::fflush(stdout);
  }

 private:
  std::map<std::string, Tally> tallies_;
};

TableCounts population_table(double prevalence) {
  const double sens = 1 - normal_cdf(cut - separation), spec = normal_cdf(cut);
  return {prevalence * sens, (1 - prevalence) * (1 - spec), (1 - prevalence) * spec, prevalence * (1 - sens)};
}

void add_tables(Coverage& coverage, const Sample& sample, double prevalence, bool is_clustered) {
  DecidedUnits units{sample.truth, {}, is_clustered ? sample.cluster : std::vector<std::uint32_t>{}};
  for (const double score : sample.scores) units.decision.push_back(score >= cut);
  for (const auto kind : {ProportionInterval::wilson, ProportionInterval::clopper_pearson}) {
    const bool is_first = kind == ProportionInterval::wilson;
    const auto metrics = binary_metrics(units, {.proportion = kind, .by_bootstrap = is_first});
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      const bool is_proportion = metrics[m].interval && (metrics[m].interval->method.starts_with("Wilson") ||
                                                         metrics[m].interval->method.starts_with("Clopper"));
      if (!is_first && !is_proportion) continue;
      std::string name = name_of(ALL_BINARY_METRICS[m]);
      if (is_proportion) name += is_first ? " Wilson" : " Clopper-Pearson";
      coverage.add(name, value_of(ALL_BINARY_METRICS[m], population_table(prevalence)), metrics[m].interval);
    }
  }
}

void add_areas(Coverage& coverage, const Sample& sample, bool is_clustered, double true_precision) {
  const double truth = normal_cdf(separation / std::sqrt(2.0));
  const RankedScores ranked = rank_scores(sample.scores, sample.truth);
  const std::size_t n_clusters = sample.cluster.back() + 1;
  if (is_clustered) {
    coverage.add("auroc as reported: Obuchowski, logit; few: Newcombe", truth,
                 clustered_auroc(ranked, sample.cluster, n_clusters).interval);
  } else {
    const Auroc area = auroc(ranked);
    coverage.add("auroc as reported: DeLong, logit; few: Newcombe", truth, area.interval);
    if (area.value && area.n_positive > 1)
      coverage.add("auroc Newcombe method 5", truth,
                   newcombe_auroc_interval(*area.value, area.n_positive, area.n_negative));
    if (area.standard_error && *area.standard_error > 0 && *area.value < 1) {
      const double center = std::log(*area.value / (1 - *area.value));
      const double half = 1.959964 * *area.standard_error / (*area.value * (1 - *area.value));
      const auto expit = [](double x) { return 1 / (1 + std::exp(-x)); };
      coverage.add("auroc DeLong, logit", truth,
                   Interval{expit(center - half), expit(center + half), 0.95, ""});
    }
    coverage.add("average precision logit (Boyd)", true_precision, average_precision(ranked).interval);
  }
  const WeightedScores weighted(ranked, sample.cluster);
  for (const auto kind : {BootstrapInterval::bca, BootstrapInterval::percentile}) {
    const auto drawn = bootstrap({.n_resamples = 1000, .interval = kind}, n_clusters, 2,
                                 [&](ClusterCounts counts, std::span<double> values) {
                                   values[0] = weighted.auroc(counts);
                                   values[1] = weighted.average_precision(counts);
                                 });
    const std::string how = kind == BootstrapInterval::bca ? " bootstrap BCa" : " bootstrap percentile";
    coverage.add("auroc" + how, truth, drawn[0].interval);
    coverage.add("average precision" + how, true_precision, drawn[1].interval);
  }
}

double population_precision(double prevalence) {
  const Sample large = draw_sample(0, 2'000'000, prevalence, 1);
  return *average_precision(rank_scores(large.scores, large.truth)).value;
}

int simulate_coverage(std::size_t n_simulations) {
  for (const std::uint32_t per_cluster : {1U, 2U}) {
    for (const double prevalence : {0.1, 0.5}) {
      const double precision = population_precision(prevalence);
      Coverage coverage;
      for (std::size_t i = 0; i < n_simulations; ++i) {
        const Sample sample = draw_sample(1 + i, 100, prevalence, per_cluster);
        add_areas(coverage, sample, per_cluster > 1, precision);
        add_tables(coverage, sample, prevalence, per_cluster > 1);
      }
      char heading[128];
      std::snprintf(heading, sizeof heading,
                    "n = 100, prevalence %.1f, %u unit(s) of a patient, %zu simulations", prevalence,
                    per_cluster, n_simulations);
      coverage.print(heading);
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto number = [&](std::size_t at) { return static_cast<std::size_t>(std::stoull(words.at(at))); };
  if (words.size() == 2 && words[0] == "coverage") return simulate_coverage(number(1));
  if (words.size() == 4 && words[0] == "areas") return bench_areas(read_input(argv[2], number(2), number(3)));
  if (words.size() == 7 && words[0] == "bootstrap")
    return bench_bootstrap(read_input(argv[2], number(2), number(3)), number(4), number(5), number(6));
  std::fprintf(stderr, "see the head of bench_statistics.cpp\n");
  return 2;
}
