#include "radbatch/report/subgroup_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "radbatch/report/paired_units.hpp"
#include "radbatch/report/subgroup_areas.hpp"
#include "radbatch/stats/multiplicity.hpp"
#include "radbatch/stats/proportion.hpp"

namespace radbatch {
namespace {

using Mask = UnitMask;

Mask mask_of(const AnalysisData& data, const std::vector<std::uint32_t>& units) {
  Mask mask(data.size(), 0);
  for (const std::uint32_t unit : units) mask[unit] = 1;
  return mask;
}

Mask others(const AnalysisData& data, const Mask& mask) {
  Mask rest(data.size(), 0);
  for (std::size_t i = 0; i < data.size(); ++i) rest[i] = data.is_test[i] && !mask[i] ? 1 : 0;
  return rest;
}

/// What a proportion stands on: 1 for a success, among the units that count.
struct Trials {
  std::vector<double> values;
  std::vector<std::uint32_t> cluster;
  std::size_t successes = 0;
};

enum class Share { sensitivity, specificity, precision };

Trials trials_in(const AnalysisData& data, std::size_t finding, const Mask& mask, Share share) {
  Trials trials;
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    if (!mask[unit] || !data.is_test[unit] || data.truth[finding][unit] == Answer::unknown) continue;
    const Answer call = call_of(data, data.raters.front(), finding, unit);
    if (call == Answer::unknown) continue;
    const bool positive = data.truth[finding][unit] == Answer::yes;
    const bool called = call == Answer::yes;
    const bool counts = share == Share::sensitivity   ? positive
                        : share == Share::specificity ? !positive
                                                      : called;
    if (!counts) continue;
    const bool success = share == Share::specificity   ? !called
                         : share == Share::sensitivity ? called
                                                       : positive;
    trials.values.push_back(success ? 1 : 0);
    trials.cluster.push_back(data.cluster[unit]);
    trials.successes += success ? 1U : 0U;
  }
  return trials;
}

Estimate share_of(const PartContext& context, const Trials& trials, const std::string& what) {
  if (trials.values.size() < FEWEST_OF_CLASS)
    return {{}, {}, trials.values.size(), 0, too_few(trials.values.size(), what)};
  if (!context.data.is_clustered())
    return proportion_estimate(trials.successes, trials.values.size(), ProportionInterval::wilson,
                               context.level);
  std::map<std::uint32_t, ClusterShare> shares;
  for (std::size_t i = 0; i < trials.values.size(); ++i) {
    shares[trials.cluster[i]].n += 1;
    shares[trials.cluster[i]].successes += trials.values[i];
  }
  std::vector<ClusterShare> list;
  for (const auto& [cluster, share] : shares) list.push_back(share);
  return clustered_proportion(list, ProportionInterval::wilson, context.level);
}

Difference trials_gap(const PartContext& context, const Trials& group, const Trials& rest, bool as_means) {
  if (!as_means && !context.data.is_clustered())
    return independent_shares({group.successes, group.values.size(), rest.successes, rest.values.size()},
                              context.level);
  std::vector<double> values = group.values;
  values.insert(values.end(), rest.values.begin(), rest.values.end());
  std::vector<std::uint32_t> cluster = group.cluster;
  cluster.insert(cluster.end(), rest.cluster.begin(), rest.cluster.end());
  std::vector<bool> in_first(values.size(), false);
  std::fill_n(in_first.begin(), group.values.size(), true);
  return clustered_groups(values, in_first, cluster, context.level);
}

Trials errors_in(const AnalysisData& data, std::size_t finding, const Mask& mask) {
  Trials trials;
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    const double apart = score_of(data.raters.front(), finding, unit) - data.true_value[finding][unit];
    if (!mask[unit] || !data.is_test[unit] || !std::isfinite(apart)) continue;
    trials.values.push_back(std::abs(apart));
    trials.cluster.push_back(data.cluster[unit]);
  }
  return trials;
}

/// One group against another, all metrics of one finding. An empty `against` tests no gap.
class GroupJudge {
 public:
  GroupJudge(const PartContext& context, std::string covariate, std::string group, std::string against,
             Mask mask, Mask other)
      : context_(context), mask_(std::move(mask)), other_(std::move(other)) {
    row_.covariate = std::move(covariate);
    row_.group = std::move(group);
    row_.against = std::move(against);
  }

  void judge(std::size_t finding, std::vector<SubgroupMetric>& rows) {
    row_.finding = finding;
    if (context_.data.kind == TruthKind::continuous) {
      rows.push_back(error(finding));
      return;
    }
    rows.push_back(area(finding));
    rows.push_back(share(finding, Share::sensitivity, "sensitivity", "Sensitivity", "with the finding"));
    rows.push_back(share(finding, Share::specificity, "specificity", "Specificity", "without the finding"));
    rows.push_back(share(finding, Share::precision, "precision", "PPV", "called positive"));
  }

 private:
  SubgroupMetric named(const char* metric, const char* title) const {
    SubgroupMetric row = row_;
    row.metric = metric;
    row.title = title;
    return row;
  }

  SubgroupMetric area(std::size_t finding) const {
    SubgroupMetric row = named("auroc", "AUROC");
    const GroupArea group = area_in(context_, finding, mask_);
    row.estimate = estimate_of(group);
    if (!row.against.empty()) row.gap = area_gap(context_, group, area_in(context_, finding, other_));
    return row;
  }

  SubgroupMetric share(std::size_t finding, Share kind, const char* metric, const char* title,
                       const std::string& what) const {
    SubgroupMetric row = named(metric, title);
    const Trials group = trials_in(context_.data, finding, mask_, kind);
    row.estimate = share_of(context_, group, what);
    if (row.against.empty()) return row;
    const Trials rest = trials_in(context_.data, finding, other_, kind);
    if (std::min(group.values.size(), rest.values.size()) >= FEWEST_OF_CLASS)
      row.gap = trials_gap(context_, group, rest, false);
    else
      row.gap.estimate.why_not = too_few(std::min(group.values.size(), rest.values.size()), what);
    return row;
  }

  SubgroupMetric error(std::size_t finding) const {
    SubgroupMetric row = named("mae", "Mean absolute error");
    const Trials group = errors_in(context_.data, finding, mask_);
    if (group.values.size() < FEWEST_OF_CLASS) {
      row.estimate = {{}, {}, group.values.size(), 0, too_few(group.values.size(), "with a true value")};
      row.gap.estimate.why_not = row.estimate.why_not;
      return row;
    }
    row.estimate = clustered_mean(group.values, group.cluster, context_.level).estimate;
    if (!row.against.empty())
      row.gap = trials_gap(context_, group, errors_in(context_.data, finding, other_), true);
    return row;
  }

  const PartContext& context_;
  SubgroupMetric row_;
  Mask mask_, other_;
};

/// Index of the group with most units.
std::size_t largest_of(const std::vector<Subgroup>& groups) {
  const auto largest =
      std::ranges::max_element(groups, {}, [](const Subgroup& group) { return group.units.size(); });
  return static_cast<std::size_t>(largest - groups.begin());
}

void judge_covariate(const PartContext& context, const SubgroupLevels& levels, bool against_largest,
                     std::vector<SubgroupMetric>& rows) {
  const AnalysisData& data = context.data;
  if (levels.groups.empty()) return;
  const std::size_t largest = largest_of(levels.groups);
  for (std::size_t g = 0; g < levels.groups.size(); ++g) {
    const Subgroup& group = levels.groups[g];
    const Mask mask = mask_of(data, group.units);
    const Mask other = against_largest ? mask_of(data, levels.groups[largest].units) : others(data, mask);
    const bool is_mirrored = levels.groups.size() == 2 && g == 0 &&
                             levels.groups[0].units.size() + levels.groups[1].units.size() ==
                                 static_cast<std::size_t>(std::ranges::count(data.is_test, 1));
    const bool has_other = std::ranges::count(other, 1) > 0;
    const bool has_gap = has_other && (against_largest ? g != largest : !is_mirrored);
    const std::string against = !has_gap ? "" : against_largest ? levels.groups[largest].name : "rest";
    GroupJudge judge(context, levels.covariate, group.name, against, mask, other);
    for (std::size_t finding = 0; finding < data.findings.size(); ++finding) judge.judge(finding, rows);
  }
}

void adjust(std::vector<SubgroupMetric>& rows) {
  std::map<std::string, std::vector<std::size_t>> by_metric;
  for (std::size_t i = 0; i < rows.size(); ++i) by_metric[rows[i].metric].push_back(i);
  for (const auto& [metric, members] : by_metric) {
    std::vector<std::optional<double>> p;
    for (const std::size_t i : members) p.push_back(rows[i].gap.p);
    const auto adjusted = holm(p);
    for (std::size_t k = 0; k < members.size(); ++k) rows[members[k]].adjusted_p = adjusted[k];
  }
}

}  // namespace

std::vector<SubgroupMetric> subgroup_metrics(const PartContext& context,
                                             const std::vector<SubgroupLevels>& covariates,
                                             bool against_largest) {
  std::vector<SubgroupMetric> rows;
  const AnalysisData& data = context.data;
  GroupJudge all(context, "", "", "", Mask(data.is_test.begin(), data.is_test.end()), {});
  for (std::size_t finding = 0; finding < data.findings.size(); ++finding) all.judge(finding, rows);
  for (const SubgroupLevels& levels : covariates) judge_covariate(context, levels, against_largest, rows);
  adjust(rows);
  return rows;
}

}  // namespace radbatch
