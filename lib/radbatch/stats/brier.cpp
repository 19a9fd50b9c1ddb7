#include "radbatch/stats/brier.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/stats/clustered_error.hpp"

namespace radbatch {
namespace {

double square(double value) {
  return value * value;
}

Estimate estimate_of(const std::vector<bool>& positive) {
  Estimate estimate;
  estimate.n = positive.size();
  estimate.n_positive = static_cast<std::size_t>(std::ranges::count(positive, true));
  if (positive.empty()) estimate.why_not = "there are no labelled cases";
  return estimate;
}

double mean_squared_error(std::span<const double> scores, const std::vector<bool>& positive) {
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) sum += square(scores[i] - (positive[i] ? 1 : 0));
  return sum / static_cast<double>(scores.size());
}

constexpr const char* too_few = "one patient gives no variance";

}  // namespace

BrierParts brier_parts(std::span<const double> scores, const std::vector<bool>& positive,
                       const ReliabilityBins& bins) {
  const double n = static_cast<double>(scores.size());
  const double prevalence = static_cast<double>(std::ranges::count(positive, true)) / n;
  BrierParts parts;
  parts.brier = mean_squared_error(scores, positive);
  parts.uncertainty = prevalence * (1 - prevalence);
  for (const ReliabilityBin& bin : bins.bins) {
    parts.reliability += bin.n / n * square(bin.mean_score - bin.frequency);
    parts.resolution += bin.n / n * square(bin.frequency - prevalence);
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const ReliabilityBin& bin = bins.bins[bins.bin_of[i]];
    const double deviation = scores[i] - bin.mean_score;
    parts.within_bin_variance += square(deviation) / n;
    parts.within_bin_covariance += 2 * deviation * ((positive[i] ? 1 : 0) - bin.frequency) / n;
  }
  return parts;
}

Estimate brier_score(std::span<const double> scores, const std::vector<bool>& positive,
                     std::span<const std::uint32_t> cluster, double level) {
  Estimate estimate = estimate_of(positive);
  if (positive.empty()) return estimate;
  const double n = static_cast<double>(scores.size());
  const double value = mean_squared_error(scores, positive);
  estimate.value = value;
  std::vector<double> influence;
  influence.reserve(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i)
    influence.push_back((square(scores[i] - (positive[i] ? 1 : 0)) - value) / n);
  const std::optional<double> error = clustered_error(influence, cluster);
  if (!error) {
    estimate.why_not = too_few;
    return estimate;
  }
  Interval interval = wald_interval(value, *error, level, "normal", has_clusters(cluster));
  interval.low = std::max(0.0, interval.low);
  interval.high = std::min(1.0, interval.high);
  estimate.interval = interval;
  return estimate;
}

Estimate scaled_brier(std::span<const double> scores, const std::vector<bool>& positive,
                      std::span<const std::uint32_t> cluster, double level) {
  Estimate estimate = estimate_of(positive);
  if (positive.empty()) return estimate;
  const double n = static_cast<double>(scores.size());
  const double prevalence = static_cast<double>(estimate.n_positive) / n;
  const double uncertainty = prevalence * (1 - prevalence);
  if (uncertainty == 0) {
    estimate.why_not = estimate.n_positive == 0 ? "no case has the finding" : "every case has the finding";
    return estimate;
  }
  const double brier = mean_squared_error(scores, positive);
  estimate.value = 1 - brier / uncertainty;
  std::vector<double> influence;
  influence.reserve(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double truth = positive[i] ? 1 : 0;
    influence.push_back((-(square(scores[i] - truth) - brier) / uncertainty +
                         brier / square(uncertainty) * (1 - 2 * prevalence) * (truth - prevalence)) /
                        n);
  }
  const std::optional<double> error = clustered_error(influence, cluster);
  if (!error) {
    estimate.why_not = too_few;
    return estimate;
  }
  Interval interval = wald_interval(*estimate.value, *error, level, "delta method", has_clusters(cluster));
  interval.high = std::min(1.0, interval.high);
  estimate.interval = interval;
  return estimate;
}

Estimate observed_to_expected(std::span<const double> scores, const std::vector<bool>& positive,
                              std::span<const std::uint32_t> cluster, double level) {
  Estimate estimate = estimate_of(positive);
  if (positive.empty()) return estimate;
  double expected = 0;
  for (const double score : scores) expected += score;
  const double observed = static_cast<double>(estimate.n_positive);
  if (expected <= 0) {
    estimate.why_not = "the scores expect no case with the finding";
    return estimate;
  }
  estimate.value = observed / expected;
  if (observed == 0) {
    estimate.why_not = "no case has the finding: the logarithm of the ratio has no interval";
    return estimate;
  }
  std::vector<double> influence;
  influence.reserve(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i)
    influence.push_back((positive[i] ? 1 : 0) / observed - scores[i] / expected);
  const std::optional<double> error = clustered_error(influence, cluster);
  if (!error) {
    estimate.why_not = too_few;
    return estimate;
  }
  estimate.interval =
      log_interval(*estimate.value, *error, level, "delta method, log scale", has_clusters(cluster));
  return estimate;
}

}  // namespace radbatch
