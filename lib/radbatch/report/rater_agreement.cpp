#include "radbatch/report/rater_agreement.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "radbatch/stats/agreement.hpp"
#include "radbatch/stats/bootstrap.hpp"
#include "radbatch/stats/proportion.hpp"

namespace radbatch {
namespace {

Estimate share_of_agreement(const PartContext& context, const PairedCalls& calls,
                            const PairedCounts& counts) {
  if (!context.data.is_clustered())
    return proportion_estimate(counts.both + counts.neither, counts.total(), ProportionInterval::wilson,
                               context.level);
  std::map<std::uint32_t, ClusterShare> shares;
  for (std::size_t i = 0; i < calls.unit.size(); ++i) {
    ClusterShare& share = shares[calls.cluster[i]];
    share.n += 1;
    share.successes += calls.first[i] == calls.second[i] ? 1 : 0;
  }
  std::vector<ClusterShare> list;
  for (const auto& [cluster, share] : shares) list.push_back(share);
  return clustered_proportion(list, ProportionInterval::wilson, context.level);
}

/// Patients with several units: resampled, as the formula takes units for independent.
Estimate clustered_kappa(const PartContext& context, const PairedCalls& calls) {
  CellUnits units{{}, calls.cluster, 4};
  for (std::size_t i = 0; i < calls.unit.size(); ++i)
    units.cell.push_back((calls.first[i] ? 2U : 0U) + (calls.second[i] ? 1U : 0U));
  BootstrapPlan plan;
  plan.n_resamples = context.n_bootstrap;
  plan.seed = context.seed;
  plan.threads = context.threads;
  plan.level = context.level;
  const auto drawn =
      bootstrap_cells(plan, units, 1, [](std::span<const double> cells, std::span<double> values) {
        values[0] = kappa_value(cells, 2).value_or(std::nan(""));
      });
  return {drawn[0].value, drawn[0].interval, calls.unit.size(), 0, drawn[0].why_not};
}

Estimate kappa_of(const PartContext& context, const PairedCalls& calls, const PairedCounts& counts) {
  if (calls.unit.empty()) return {{}, {}, 0, 0, "no case was called by both"};
  const std::array<double, 4> table{static_cast<double>(counts.neither),
                                    static_cast<double>(counts.only_second),
                                    static_cast<double>(counts.only_first), static_cast<double>(counts.both)};
  if (!kappa_value(table, 2))
    return {{}, {}, calls.unit.size(), 0, "both call every case alike: chance agrees fully"};
  return context.data.is_clustered() ? clustered_kappa(context, calls)
                                     : kappa(table, 2, KappaWeights::none, context.level);
}

/// Who is right where the two differ, and which units these are.
void add_disagreements(RaterAgreement& row, const AnalysisData& data, const PairedCalls& calls) {
  std::vector<std::pair<double, std::uint32_t>> differing;
  for (std::size_t i = 0; i < calls.unit.size(); ++i) {
    if (calls.first[i] == calls.second[i]) continue;
    const std::uint32_t unit = calls.unit[i];
    const double first = score_of(data.raters[row.pair.first], row.finding, unit);
    const double second = score_of(data.raters[row.pair.second], row.finding, unit);
    const double apart = std::isfinite(first) && std::isfinite(second) ? std::abs(first - second) : 0;
    differing.emplace_back(-apart, unit);
    const Answer truth = row.finding < data.truth.size() ? data.truth[row.finding][unit] : Answer::unknown;
    if (truth == Answer::unknown) continue;
    ++(calls.first[i] == (truth == Answer::yes) ? row.first_right : row.second_right);
  }
  std::ranges::sort(differing);
  for (const auto& [apart, unit] : differing) row.disagreeing.push_back(unit);
}

RaterAgreement agreement_of(const PartContext& context, RaterPair pair, std::size_t finding) {
  const AnalysisData& data = context.data;
  RaterAgreement row;
  row.pair = pair;
  row.finding = finding;
  const PairedCalls calls = paired_calls(data, pair, finding, false);
  for (std::size_t i = 0; i < calls.unit.size(); ++i) row.calls.add(calls.first[i], calls.second[i]);
  row.agreement = share_of_agreement(context, calls, row.calls);
  row.kappa = kappa_of(context, calls, row.calls);
  add_disagreements(row, data, calls);
  if (data.raters[pair.first].is_reader || data.raters[pair.second].is_reader) return row;
  const PairedScores scores = paired_scores(data, pair, finding, false);
  row.scores = score_agreement(scores.first, scores.second);
  std::vector<double> apart;
  for (std::size_t i = 0; i < scores.unit.size(); ++i) apart.push_back(scores.first[i] - scores.second[i]);
  row.bias = clustered_mean(apart, scores.cluster, context.level);
  return row;
}

}  // namespace

std::vector<RaterAgreement> rater_agreement(const PartContext& context, const std::vector<RaterPair>& pairs) {
  std::vector<RaterAgreement> rows;
  for (const RaterPair pair : pairs) {
    for (std::size_t finding = 0; finding < context.data.findings.size(); ++finding)
      rows.push_back(agreement_of(context, pair, finding));
  }
  return rows;
}

}  // namespace radbatch
