#include "radbatch/stats/calibration_intervals.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace radbatch {
namespace {

constexpr std::size_t GROUPS = 200;
constexpr std::size_t N_ERRORS = 5;

/// Units with neighbouring scores, in the same bins.
struct Groups {
  std::vector<double> score;                           ///< [group] mean
  std::vector<std::uint32_t> equal_width, equal_mass;  ///< [group] bin
  std::vector<std::uint32_t> of_unit;
};

Groups grouped(const CalibrationSample& sample) {
  const std::size_t n = sample.scores.size();
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [&](std::uint32_t i) { return sample.scores[i]; });
  const auto is_new = [&](std::size_t k) {
    return k == 0 || sample.scores[order[k]] != sample.scores[order[k - 1]];
  };
  std::size_t n_distinct = 0;
  for (std::size_t k = 0; k < n; ++k) n_distinct += is_new(k) ? 1U : 0U;
  Groups groups;
  groups.of_unit.resize(n);
  std::vector<double> count;
  std::size_t share = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const std::uint32_t unit = order[k];
    const std::size_t own_share = k * GROUPS / n;
    const bool is_other_bin =
        !groups.score.empty() && (groups.equal_width.back() != sample.equal_width.bin_of[unit] ||
                                  groups.equal_mass.back() != sample.equal_mass.bin_of[unit]);
    if (is_new(k) && (n_distinct <= GROUPS || own_share != share || groups.score.empty() || is_other_bin)) {
      groups.score.push_back(0);
      count.push_back(0);
      groups.equal_width.push_back(sample.equal_width.bin_of[unit]);
      groups.equal_mass.push_back(sample.equal_mass.bin_of[unit]);
      share = own_share;
    }
    groups.of_unit[unit] = static_cast<std::uint32_t>(groups.score.size() - 1);
    groups.score.back() += (sample.scores[unit] - groups.score.back()) / ++count.back();
  }
  return groups;
}

double calibration_error(const ScorePoints& points, std::span<const std::uint32_t> bin_of,
                         std::size_t n_bins) {
  std::vector<double> surplus(n_bins);  // positives that the scores expect, less those there are
  for (std::size_t k = 0; k < points.score.size(); ++k)
    surplus[bin_of[k]] += points.n[k] * points.score[k] - points.n_positive[k];
  double sum = 0;
  for (const double one : surplus) sum += std::abs(one);
  return sum / std::accumulate(points.n.begin(), points.n.end(), 0.0);
}

/// All numbers from the counts of the cells: group, without and with the finding.
class Numbers {
 public:
  Numbers(const CalibrationSample& sample, const Groups& groups, std::span<const double> places,
          const SmoothOptions& options)
      : sample_(sample), groups_(groups), places_(places), options_(options) {}

  void operator()(std::span<const double> cells, std::span<double> values) const {
    ScorePoints points{groups_.score, {}, {}};
    for (std::size_t g = 0; g < groups_.score.size(); ++g) {
      points.n.push_back(cells[2 * g] + cells[2 * g + 1]);
      points.n_positive.push_back(cells[2 * g + 1]);
    }
    const std::vector<double> curve = calibration_curve(points, places_, options_);
    const IntegratedErrors errors = integrated_errors(points, places_, curve);
    values[0] = calibration_error(points, groups_.equal_width, sample_.equal_width.bins.size());
    values[1] = calibration_error(points, groups_.equal_mass, sample_.equal_mass.bins.size());
    values[2] = errors.ici;
    values[3] = errors.e50;
    values[4] = errors.e90;
    std::ranges::copy(curve, values.begin() + N_ERRORS);
  }

 private:
  const CalibrationSample& sample_;
  const Groups& groups_;
  std::span<const double> places_;
  SmoothOptions options_;
};

/// Clusters of several units are too seldom alike for counting by pattern to pay: units are counted anew.
std::vector<Bootstrapped> by_cluster(const BootstrapPlan& plan, const CalibrationSample& sample,
                                     const std::vector<std::uint32_t>& cell, std::size_t n_cells,
                                     std::size_t n_values, const Numbers& numbers) {
  const CompactClusters clusters = compact_clusters(sample.cluster);
  return bootstrap(plan, clusters.n_clusters, n_values, [&](ClusterCounts counts, std::span<double> values) {
    std::vector<double> cells(n_cells);
    for (std::size_t i = 0; i < cell.size(); ++i) cells[cell[i]] += counts[clusters.cluster[i]];
    numbers(cells, values);
  });
}

}  // namespace

CalibrationIntervals calibration_intervals(const BootstrapPlan& plan, const CalibrationSample& sample,
                                           std::span<const double> places, const SmoothOptions& options) {
  if (sample.scores.empty()) return {};
  const Groups groups = grouped(sample);
  const Numbers numbers(sample, groups, places, options);
  std::vector<std::uint32_t> cell(groups.of_unit);
  for (std::size_t i = 0; i < cell.size(); ++i) cell[i] = 2 * cell[i] + (sample.positive[i] ? 1 : 0);
  const std::size_t n_cells = 2 * groups.score.size();
  const std::size_t n_values = N_ERRORS + places.size();
  std::vector<Bootstrapped> all = sample.cluster.empty()
                                      ? bootstrap_cells(plan, {cell, {}, n_cells}, n_values, numbers)
                                      : by_cluster(plan, sample, cell, n_cells, n_values, numbers);
  return {all[0], all[1], all[2], all[3], all[4], {all.begin() + N_ERRORS, all.end()}};
}

}  // namespace radbatch
