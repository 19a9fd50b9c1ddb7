#include "radbatch/report/class_discrimination.hpp"

#include <algorithm>
#include <cmath>

namespace radbatch {
namespace {

ClassedUnits classed_units(const PartContext& context, const Rater& rater, std::size_t& n_without_call) {
  const AnalysisData& data = context.data;
  const bool is_clustered = data.is_clustered();
  ClassedUnits units;
  units.n_classes = data.findings.size();
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data.is_test[i] == 0 || data.true_class[i] < 0) continue;
    if (rater.top[i] < 0) {
      ++n_without_call;
      continue;
    }
    units.truth.push_back(static_cast<std::uint32_t>(data.true_class[i]));
    units.decision.push_back(static_cast<std::uint32_t>(rater.top[i]));
    if (is_clustered) units.cluster.push_back(data.cluster[i]);
  }
  return units;
}

/// A unit is right or not, ties at the last place shared: a mean over units, clusters by their sums.
Estimate top_share(const PartContext& context, const ThresholdOptions& options, const Rater& rater,
                   std::size_t k) {
  const AnalysisData& data = context.data;
  std::vector<ClusterShare> shares(data.n_clusters);
  std::vector<std::vector<double>> scores(data.findings.size(), std::vector<double>(1));
  double hits = 0;
  std::size_t n = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data.is_test[i] == 0 || data.true_class[i] < 0) continue;
    for (std::size_t f = 0; f < scores.size(); ++f) scores[f][0] = rater.scores[f][i];
    if (std::ranges::any_of(scores, [](const auto& of_class) { return std::isnan(of_class[0]); })) continue;
    const std::vector<std::uint32_t> truth{static_cast<std::uint32_t>(data.true_class[i])};
    const double hit = top_k_share(scores, truth, k);
    shares[data.cluster[i]].successes += hit;
    shares[data.cluster[i]].n += 1;
    hits += hit;
    ++n;
  }
  // Shares of ties are no successes that could be counted; as a ratio of sums they are fine.
  if (data.is_clustered() || hits != std::floor(hits))
    return clustered_proportion(shares, options.proportion, context.level);
  return proportion_estimate(static_cast<std::size_t>(hits), n, options.proportion, context.level);
}

}  // namespace

std::optional<ClassDiscrimination> discriminate_classes(const PartContext& context,
                                                        const ThresholdOptions& options, const Rater& rater) {
  const AnalysisData& data = context.data;
  const bool is_one_class = data.kind == TruthKind::classes || data.kind == TruthKind::ordinal;
  if (!is_one_class || rater.top.empty() || data.findings.size() < 2) return std::nullopt;
  ClassDiscrimination result;
  const ClassedUnits units = classed_units(context, rater, result.n_without_call);
  if (units.size() == 0) return std::nullopt;
  result.confusion = confusion_of(units);
  result.metrics = class_metrics(units, metric_plan(context, options));
  for (const std::size_t k : {std::size_t{2}, std::size_t{3}}) {
    if (rater.is_reader || rater.scores.size() != data.findings.size() || k >= data.findings.size()) continue;
    Estimate share = top_share(context, options, rater, k);
    if (share.value) result.top.push_back({k, std::move(share)});
  }
  return result;
}

}  // namespace radbatch
