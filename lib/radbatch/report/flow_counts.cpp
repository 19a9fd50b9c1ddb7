#include "radbatch/report/flow_counts.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace radbatch {
namespace {

bool knows_truth(const AnalysisData& data, std::size_t finding, std::size_t unit) {
  if (data.kind == TruthKind::continuous)
    return finding < data.true_value.size() && std::isfinite(data.true_value[finding][unit]);
  return finding < data.truth.size() && data.truth[finding][unit] != Answer::unknown;
}

bool is_judged(const AnalysisData& data, const Rater& model, std::size_t finding, std::size_t unit) {
  return knows_truth(data, finding, unit) && finding < model.scores.size() &&
         std::isfinite(model.scores[finding][unit]);
}

bool is_judged_at_all(const AnalysisData& data, const Rater& model, std::size_t unit) {
  for (std::size_t finding = 0; finding < data.findings.size(); ++finding)
    if (is_judged(data, model, finding, unit)) return true;
  return false;
}

void count_unit(FlowFinding& finding, bool is_positive, Answer decision) {
  ++finding.n;
  ++(is_positive ? finding.positive : finding.negative);
  if (decision == Answer::unknown) finding.has_decisions = false;
  const bool is_called = decision == Answer::yes;
  if (is_positive)
    ++(is_called ? finding.true_positive : finding.false_negative);
  else
    ++(is_called ? finding.false_positive : finding.true_negative);
}

FlowFinding finding_counts(const AnalysisData& data, const Rater& model, std::size_t finding) {
  FlowFinding counts;
  counts.name = data.findings[finding].name;
  counts.has_decisions = finding < model.decisions.size() && !model.decisions[finding].empty();
  const bool can_decide = counts.has_decisions;
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    if (!data.is_test[unit] || !data.is_done[unit] || !is_judged(data, model, finding, unit)) continue;
    if (data.kind == TruthKind::continuous) {
      ++counts.n;
      continue;
    }
    count_unit(counts, data.truth[finding][unit] == Answer::yes,
               can_decide ? model.decisions[finding][unit] : Answer::unknown);
  }
  if (data.kind == TruthKind::continuous || counts.n == 0) counts.has_decisions = false;
  if (!counts.has_decisions)
    counts.true_positive = counts.false_positive = counts.true_negative = counts.false_negative = 0;
  return counts;
}

bool are_cases(const RunData& run, const AnalysisData& data) {
  return std::ranges::all_of(data.unit_ids, [&](const std::string& id) {
    const auto row = std::ranges::lower_bound(run.cases, id, {}, &CaseRow::id);
    return row != run.cases.end() && row->id == id;
  });
}

FlowUnits unit_counts(const RunData& run, const AnalysisData& data) {
  const Rater& model = data.raters.front();
  FlowUnits units;
  units.are_patients = !are_cases(run, data);
  units.labelled = data.size();
  std::set<std::uint32_t> patients;
  for (std::size_t unit = 0; unit < data.size(); ++unit) {
    if (!data.is_done[unit]) {
      ++units.without_result;
    } else if (!data.is_test[unit]) {
      ++units.not_test;
    } else if (!is_judged_at_all(data, model, unit)) {
      ++units.not_judged;
    } else {
      ++units.analysed;
      patients.insert(data.cluster[unit]);
    }
  }
  if (data.has_patients) units.patients = patients.size();
  for (std::size_t finding = 0; finding < data.findings.size(); ++finding)
    units.findings.push_back(finding_counts(data, model, finding));
  return units;
}

}  // namespace

FlowCounts flow_counts(const RunData& run) {
  FlowCounts counts;
  counts.files_found = run.files_found();
  counts.files_in_cases = run.files_in_cases();
  counts.unassigned = run.unassigned();
  counts.cases = run.cases.size();
  for (const Status status :
       {Status::done, Status::skipped, Status::refused, Status::failed, Status::interrupted})
    counts.by_status[status] = 0;
  for (const CaseRow& row : run.cases) {
    ++counts.by_status[row.status];
    if (row.status != Status::done) ++counts.reasons[row.status][row.reason];
  }
  counts.done = counts.by_status[Status::done];
  counts.eligible = counts.cases - counts.by_status[Status::skipped];
  return counts;
}

FlowCounts flow_counts(const RunData& run, const AnalysisData& data) {
  FlowCounts counts = flow_counts(run);
  if (data.kind != TruthKind::none && !data.raters.empty()) counts.units = unit_counts(run, data);
  return counts;
}

}  // namespace radbatch
