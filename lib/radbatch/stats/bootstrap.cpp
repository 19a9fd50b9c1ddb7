#include "radbatch/stats/bootstrap.hpp"

#include <algorithm>
#include <limits>

#include "radbatch/base/parallel.hpp"
#include "radbatch/stats/bootstrap_interval.hpp"
#include "radbatch/stats/counter_random.hpp"

namespace radbatch {
namespace {

constexpr std::size_t most_left_out = 400;
constexpr std::size_t block = 16;  // resamples per task: buffers are shared, threads stay busy

/// [item][value]
using Values = std::vector<double>;

/// Calls evaluate(i, counts, row) for i below n, in blocks over the threads.
template <typename Evaluate>
void in_blocks(std::size_t n, std::size_t threads, std::size_t n_clusters, const Evaluate& evaluate) {
  parallel_for((n + block - 1) / block, threads, [&](std::size_t task) {
    std::vector<std::uint32_t> counts(n_clusters);
    for (std::size_t i = task * block; i < std::min(n, (task + 1) * block); ++i) evaluate(i, counts);
  });
}

Values resampled_values(const BootstrapPlan& plan, std::size_t n_clusters, std::size_t n_values,
                        const WeightedMetrics& metrics) {
  Values values(plan.n_resamples * n_values);
  in_blocks(plan.n_resamples, plan.threads, n_clusters,
            [&](std::size_t resample, std::vector<std::uint32_t>& counts) {
              draw_clusters(plan.seed, resample, counts);
              metrics(counts, std::span(values).subspan(resample * n_values, n_values));
            });
  return values;
}

/// Cluster c is in group c modulo the number of groups.
Values left_out_values(const BootstrapPlan& plan, std::size_t n_clusters, std::size_t n_groups,
                       std::size_t n_values, const WeightedMetrics& metrics) {
  Values values(n_groups * n_values);
  in_blocks(n_groups, plan.threads, n_clusters, [&](std::size_t group, std::vector<std::uint32_t>& counts) {
    std::ranges::fill(counts, 1);
    for (std::size_t c = group; c < n_clusters; c += n_groups) counts[c] = 0;
    metrics(counts, std::span(values).subspan(group * n_values, n_values));
  });
  return values;
}

std::vector<double> column(const Values& values, std::size_t n_values, std::size_t which) {
  std::vector<double> out;
  out.reserve(values.size() / n_values);
  for (std::size_t i = which; i < values.size(); i += n_values) out.push_back(values[i]);
  return out;
}

double acceleration_of(const std::vector<double>& values) {
  std::vector<LeftOut> left_out;
  left_out.reserve(values.size());
  for (const double value : values) left_out.push_back({value, 1});
  return left_out.empty() ? std::numeric_limits<double>::quiet_NaN() : acceleration(left_out);
}

}  // namespace

void draw_clusters(std::uint64_t seed, std::uint64_t resample, std::span<std::uint32_t> counts) {
  std::ranges::fill(counts, 0);
  const std::uint64_t n = counts.size();
  CounterRandom random(seed, resample);
  // The high half of a 32-bit number times n: uniform but for n / 2^32 (Lemire, ACM TOMACS 29 (2019) 3).
  for (std::uint64_t drawn = 0; drawn + 1 < n; drawn += 2) {
    const std::uint64_t bits = random();
    ++counts[((bits >> 32U) * n) >> 32U];
    ++counts[((bits & 0xffffffffU) * n) >> 32U];
  }
  if (n % 2 == 1) ++counts[((random() >> 32U) * n) >> 32U];
}

std::vector<Bootstrapped> bootstrap(const BootstrapPlan& plan, std::size_t n_clusters, std::size_t n_values,
                                    const WeightedMetrics& metrics) {
  const std::vector<std::uint32_t> once(n_clusters, 1);
  Values own(n_values);
  metrics(once, own);
  const Values resampled = resampled_values(plan, n_clusters, n_values, metrics);
  const bool is_accelerated = plan.interval == BootstrapInterval::bca && plan.n_resamples > 0;
  const std::size_t n_groups = is_accelerated ? std::min(n_clusters, most_left_out) : 0;
  const Values left_out = left_out_values(plan, n_clusters, n_groups, n_values, metrics);
  std::vector<Bootstrapped> results;
  for (std::size_t v = 0; v < n_values; ++v) {
    results.push_back(summarize_resamples(plan, own[v], column(resampled, n_values, v),
                                          acceleration_of(column(left_out, n_values, v)), n_clusters));
  }
  return results;
}

std::vector<Bootstrapped> bootstrap_differences(const BootstrapPlan& plan, std::size_t n_clusters,
                                                std::size_t n_values, const WeightedMetrics& a,
                                                const WeightedMetrics& b) {
  return bootstrap(plan, n_clusters, n_values, [&](ClusterCounts counts, std::span<double> values) {
    Values of_b(n_values);
    a(counts, values);
    b(counts, of_b);
    for (std::size_t v = 0; v < n_values; ++v) values[v] -= of_b[v];
  });
}

CompactClusters compact_clusters(std::span<const std::uint32_t> cluster) {
  CompactClusters compact;
  if (cluster.empty()) return compact;
  constexpr std::uint32_t unseen = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> number(std::ranges::max(cluster) + std::size_t{1}, unseen);
  compact.cluster.reserve(cluster.size());
  for (const std::uint32_t one : cluster) {
    if (number[one] == unseen) number[one] = static_cast<std::uint32_t>(compact.n_clusters++);
    compact.cluster.push_back(number[one]);
  }
  return compact;
}

}  // namespace radbatch
