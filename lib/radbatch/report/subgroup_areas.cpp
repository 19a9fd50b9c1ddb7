#include "radbatch/report/subgroup_areas.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/stats/bootstrap.hpp"
#include "radbatch/stats/student_difference.hpp"
#include "radbatch/stats/weighted_metrics.hpp"

namespace radbatch {
namespace {

bool share_patients(const JudgedUnits& a, const JudgedUnits& b) {
  std::vector<std::uint32_t> first = a.cluster;
  std::ranges::sort(first);
  return std::ranges::any_of(
      b.cluster, [&](std::uint32_t cluster) { return std::ranges::binary_search(first, cluster); });
}

/// Patients who have units of the class.
std::size_t patients_with(const JudgedUnits& units, bool positive) {
  std::vector<std::uint32_t> patients;
  for (std::size_t i = 0; i < units.unit.size(); ++i)
    if (units.positive[i] == positive) patients.push_back(units.cluster[i]);
  std::ranges::sort(patients);
  return patients.size() - std::ranges::unique(patients).size();
}

/// An area's variance stands on its smaller class: Welch's interval with its degrees of freedom holds the
/// level where the normal one does not.
EstimatedVariance variance_of(const GroupArea& group, bool clustered) {
  const double error = *group.area.standard_error;
  const std::size_t smaller =
      clustered ? std::min(patients_with(group.units, true), patients_with(group.units, false))
                : std::min(group.area.n_positive, group.area.n_negative);
  return {error * error, static_cast<double>(smaller) - 1};
}

/// Both areas on the same resamples of patients.
Difference resampled_gap(const PartContext& context, const GroupArea& a, const GroupArea& b) {
  std::vector<std::uint32_t> cluster = a.units.cluster;
  cluster.insert(cluster.end(), b.units.cluster.begin(), b.units.cluster.end());
  const CompactClusters compact = compact_clusters(cluster);
  const auto middle = static_cast<std::ptrdiff_t>(a.units.cluster.size());
  const std::vector<std::uint32_t> of_a(compact.cluster.begin(), compact.cluster.begin() + middle);
  const std::vector<std::uint32_t> of_b(compact.cluster.begin() + middle, compact.cluster.end());
  const WeightedScores first(rank_scores(a.units.scores, a.units.positive), of_a);
  const WeightedScores second(rank_scores(b.units.scores, b.units.positive), of_b);
  BootstrapPlan plan;
  plan.n_resamples = context.n_bootstrap;
  plan.seed = context.seed;
  plan.threads = context.threads;
  plan.level = context.level;
  const auto drawn = bootstrap_differences(
      plan, compact.n_clusters, 1,
      [&](ClusterCounts counts, std::span<double> values) { values[0] = first.auroc(counts); },
      [&](ClusterCounts counts, std::span<double> values) { values[0] = second.auroc(counts); });
  Difference gap;
  gap.estimate = {drawn[0].value, drawn[0].interval, 0, 0, drawn[0].why_not};
  gap.standard_error = drawn[0].standard_error;
  if (drawn[0].interval) gap.p = drawn[0].p_zero;
  gap.test = "bootstrap of patients";
  return gap;
}

}  // namespace

std::string too_few(std::size_t n, const std::string& what) {
  return std::to_string(n) + " " + what + ", fewer than " + std::to_string(FEWEST_OF_CLASS);
}

GroupArea area_in(const PartContext& context, std::size_t finding, const UnitMask& mask) {
  const AnalysisData& data = context.data;
  GroupArea group;
  group.units = judged_units(data, data.raters.front(), finding, mask);
  const std::size_t n_negative = group.units.unit.size() - group.units.n_positive;
  if (group.units.n_positive < FEWEST_OF_CLASS) {
    group.why_not = too_few(group.units.n_positive, "with the finding");
  } else if (n_negative < FEWEST_OF_CLASS) {
    group.why_not = too_few(n_negative, "without the finding");
  } else {
    const RankedScores ranked = rank_scores(group.units.scores, group.units.positive);
    group.area = data.is_clustered()
                     ? clustered_auroc(ranked, group.units.cluster, data.n_clusters, context.level)
                     : auroc(ranked, context.level);
    group.why_not = group.area.why_not;
  }
  return group;
}

Estimate estimate_of(const GroupArea& group) {
  return {group.area.value, group.area.interval, group.units.unit.size(), group.units.n_positive,
          group.why_not};
}

Difference area_gap(const PartContext& context, const GroupArea& group, const GroupArea& rest) {
  Difference gap;
  if (!group.area.value || !rest.area.value) {
    gap.estimate.why_not = group.area.value ? "against: " + rest.why_not : group.why_not;
  } else if (context.data.is_clustered() && share_patients(group.units, rest.units)) {
    gap = resampled_gap(context, group, rest);
  } else if (group.area.standard_error.value_or(0) > 0 && rest.area.standard_error.value_or(0) > 0) {
    const bool clustered = context.data.is_clustered();
    const EstimatedVariance first = variance_of(group, clustered);
    const EstimatedVariance second = variance_of(rest, clustered);
    gap = student_difference(*group.area.value - *rest.area.value,
                             std::sqrt(first.variance + second.variance), welch_degrees(first, second),
                             context.level, clustered ? "Welch's t, clustered by patient" : "Welch's t", "");
    gap.test = "Welch's t, independent areas";
  } else {
    gap.estimate.value = *group.area.value - *rest.area.value;
    gap.estimate.why_not = "one of the rankings is perfect and has no variance";
  }
  gap.estimate.n = group.units.unit.size() + rest.units.unit.size();
  gap.estimate.n_positive = group.units.n_positive + rest.units.n_positive;
  return gap;
}

}  // namespace radbatch
