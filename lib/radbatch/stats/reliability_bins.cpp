#include "radbatch/stats/reliability_bins.hpp"

#include <algorithm>
#include <cmath>

namespace radbatch {
namespace {

/// Inner edges, ascending.
std::vector<double> edges_of(std::span<const double> scores, Binning binning, std::size_t n_bins) {
  std::vector<double> edges;
  std::vector<double> sorted;
  if (binning == Binning::equal_mass) {
    sorted.assign(scores.begin(), scores.end());
    std::ranges::sort(sorted);
  }
  for (std::size_t k = 1; k < n_bins; ++k) {
    const double share = static_cast<double>(k) / static_cast<double>(n_bins);
    if (binning == Binning::equal_width || sorted.empty()) {
      edges.push_back(share);
      continue;
    }
    const double place = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    edges.push_back(sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]));
  }
  return edges;
}

void fill(ReliabilityBins& bins, std::span<const double> scores, const std::vector<bool>& positive) {
  for (std::size_t i = 0; i < scores.size(); ++i) {
    ReliabilityBin& bin = bins.bins[bins.bin_of[i]];
    ++bin.n;
    bin.mean_score += scores[i];
    if (positive[i]) ++bin.n_positive;
  }
  for (ReliabilityBin& bin : bins.bins) {
    bin.mean_score /= bin.n;
    bin.frequency = bin.n_positive / bin.n;
  }
}

}  // namespace

std::string_view name(Binning binning) {
  return binning == Binning::equal_width ? "equal width" : "equal mass";
}

ReliabilityBins reliability_bins(std::span<const double> scores, const std::vector<bool>& positive,
                                 Binning binning, std::size_t n_bins) {
  ReliabilityBins result{binning, n_bins, {}, {}};
  const std::vector<double> edges = edges_of(scores, binning, n_bins);
  result.bin_of.reserve(scores.size());
  std::vector<std::size_t> counts(n_bins);
  for (const double score : scores) {
    const auto bin = static_cast<std::uint32_t>(std::ranges::lower_bound(edges, score) - edges.begin());
    result.bin_of.push_back(bin);
    ++counts[bin];
  }
  double highest = 1, lowest = 0;
  if (binning == Binning::equal_mass && !scores.empty()) {
    lowest = std::ranges::min(scores);
    highest = std::ranges::max(scores);
  }
  std::vector<std::uint32_t> position(n_bins);
  for (std::size_t k = 0; k < n_bins; ++k) {
    if (counts[k] == 0) continue;
    position[k] = static_cast<std::uint32_t>(result.bins.size());
    ReliabilityBin bin;
    bin.low = k == 0 ? lowest : edges[k - 1];
    bin.high = k + 1 == n_bins ? highest : edges[k];
    result.bins.push_back(bin);
  }
  for (std::uint32_t& bin : result.bin_of) bin = position[bin];
  fill(result, scores, positive);
  return result;
}

double expected_calibration_error(const ReliabilityBins& bins) {
  double sum = 0, n = 0;
  for (const ReliabilityBin& bin : bins.bins) {
    sum += bin.n * std::abs(bin.mean_score - bin.frequency);
    n += bin.n;
  }
  return n > 0 ? sum / n : 0;
}

double maximum_calibration_error(const ReliabilityBins& bins) {
  double largest = 0;
  for (const ReliabilityBin& bin : bins.bins)
    largest = std::max(largest, std::abs(bin.mean_score - bin.frequency));
  return largest;
}

}  // namespace radbatch
