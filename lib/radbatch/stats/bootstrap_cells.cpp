#include <algorithm>
#include <boost/random/binomial_distribution.hpp>
#include <map>
#include <numeric>

#include "radbatch/base/parallel.hpp"
#include "radbatch/stats/bootstrap.hpp"
#include "radbatch/stats/bootstrap_interval.hpp"
#include "radbatch/stats/counter_random.hpp"

namespace radbatch {
namespace {

/// Below this many clusters per pattern, drawing clusters one by one is faster than a binomial per pattern.
constexpr std::size_t many_alike = 64;
constexpr std::size_t block = 16;

/// Clusters with the same units in the same cells.
struct Pattern {
  std::vector<std::uint32_t> cells;  ///< one per unit, sorted
  std::size_t n_clusters = 0;
};

struct Patterns {
  std::vector<Pattern> patterns;
  std::vector<std::uint32_t> of_cluster;  ///< pattern of each cluster
  std::size_t n_cells = 0;
};

/// The cells of each cluster, sorted.
std::vector<std::vector<std::uint32_t>> cells_by_cluster(const CellUnits& units) {
  const CompactClusters compact = compact_clusters(units.cluster);
  std::vector<std::vector<std::uint32_t>> cells(units.cluster.empty() ? units.cell.size()
                                                                      : compact.n_clusters);
  for (std::size_t i = 0; i < units.cell.size(); ++i)
    cells[units.cluster.empty() ? i : compact.cluster[i]].push_back(units.cell[i]);
  for (auto& one : cells) std::ranges::sort(one);
  return cells;
}

/// Units that are clusters of their own: a pattern is a cell.
Patterns patterns_of_cells(const CellUnits& units) {
  Patterns result{std::vector<Pattern>(units.n_cells), units.cell, units.n_cells};
  for (std::size_t c = 0; c < units.n_cells; ++c) result.patterns[c].cells = {static_cast<std::uint32_t>(c)};
  for (const std::uint32_t cell : units.cell) ++result.patterns[cell].n_clusters;
  return result;
}

Patterns patterns_of(const CellUnits& units) {
  if (units.cluster.empty()) return patterns_of_cells(units);
  Patterns result;
  result.n_cells = units.n_cells;
  std::map<std::vector<std::uint32_t>, std::uint32_t> number;
  for (std::vector<std::uint32_t>& cells : cells_by_cluster(units)) {
    const auto [it, is_new] = number.try_emplace(cells, static_cast<std::uint32_t>(number.size()));
    if (is_new) result.patterns.push_back({std::move(cells), 0});
    ++result.patterns[it->second].n_clusters;
    result.of_cluster.push_back(it->second);
  }
  return result;
}

/// How often clusters of each pattern are drawn.
void draw_patterns(const Patterns& all, std::uint64_t seed, std::uint64_t resample,
                   std::vector<double>& drawn) {
  CounterRandom random(seed, resample);
  const std::uint64_t n = all.of_cluster.size();
  std::ranges::fill(drawn, 0);
  if (n < many_alike * all.patterns.size()) {
    for (std::uint64_t i = 0; i < n; ++i) drawn[all.of_cluster[((random() >> 32U) * n) >> 32U]] += 1;
    return;
  }
  auto left = static_cast<std::int64_t>(n);
  auto clusters_left = static_cast<double>(n);
  for (std::size_t p = 0; p < all.patterns.size() && left > 0; ++p) {
    const auto alike = static_cast<double>(all.patterns[p].n_clusters);
    const double share = clusters_left > alike ? alike / clusters_left : 1;
    const std::int64_t taken =
        share >= 1 ? left : boost::random::binomial_distribution<std::int64_t>(left, share)(random);
    drawn[p] = static_cast<double>(taken);
    left -= taken;
    clusters_left -= alike;
  }
}

void add_cells(const Pattern& pattern, double times, std::vector<double>& counts) {
  for (const std::uint32_t cell : pattern.cells) counts[cell] += times;
}

std::vector<double> own_counts(const Patterns& all) {
  std::vector<double> counts(all.n_cells);
  for (const Pattern& pattern : all.patterns)
    add_cells(pattern, static_cast<double>(pattern.n_clusters), counts);
  return counts;
}

/// [value][resample]
std::vector<std::vector<double>> resampled_values(const BootstrapPlan& plan, const Patterns& all,
                                                  std::size_t n_values, const CellMetrics& metrics) {
  std::vector<std::vector<double>> out(n_values, std::vector<double>(plan.n_resamples));
  parallel_for((plan.n_resamples + block - 1) / block, plan.threads, [&](std::size_t task) {
    std::vector<double> drawn(all.patterns.size()), counts(all.n_cells), values(n_values);
    for (std::size_t r = task * block; r < std::min(plan.n_resamples, (task + 1) * block); ++r) {
      draw_patterns(all, plan.seed, r, drawn);
      std::ranges::fill(counts, 0);
      for (std::size_t p = 0; p < drawn.size(); ++p)
        if (drawn[p] > 0) add_cells(all.patterns[p], drawn[p], counts);
      metrics(counts, values);
      for (std::size_t v = 0; v < n_values; ++v) out[v][r] = values[v];
    }
  });
  return out;
}

/// [value][pattern]: with one cluster of that pattern left out.
std::vector<std::vector<LeftOut>> left_out_values(const Patterns& all, std::size_t n_values,
                                                  const CellMetrics& metrics) {
  std::vector<std::vector<LeftOut>> out(n_values);
  std::vector<double> counts = own_counts(all), values(n_values);
  for (const Pattern& pattern : all.patterns) {
    if (pattern.n_clusters == 0) continue;
    add_cells(pattern, -1, counts);
    metrics(counts, values);
    add_cells(pattern, 1, counts);
    for (std::size_t v = 0; v < n_values; ++v)
      out[v].push_back({values[v], static_cast<double>(pattern.n_clusters)});
  }
  return out;
}

}  // namespace

std::vector<Bootstrapped> bootstrap_cells(const BootstrapPlan& plan, const CellUnits& units,
                                          std::size_t n_values, const CellMetrics& metrics) {
  const Patterns all = patterns_of(units);
  std::vector<double> own(n_values);
  metrics(own_counts(all), own);
  std::vector<std::vector<double>> resampled = resampled_values(plan, all, n_values, metrics);
  const std::vector<std::vector<LeftOut>> left_out = left_out_values(all, n_values, metrics);
  std::vector<Bootstrapped> results;
  for (std::size_t v = 0; v < n_values; ++v) {
    results.push_back(summarize_resamples(plan, own[v], std::move(resampled[v]), acceleration(left_out[v]),
                                          all.of_cluster.size()));
  }
  return results;
}

}  // namespace radbatch
