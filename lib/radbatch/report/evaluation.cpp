#include "radbatch/report/evaluation.hpp"

#include <algorithm>

namespace radbatch {
namespace {

std::vector<std::vector<std::optional<bool>>> truth_by_case(const RunData& run, const Labels& labels) {
  std::vector<std::vector<std::optional<bool>>> truth(run.cases.size());
  for (std::size_t i = 0; i < run.cases.size(); ++i) {
    const auto labelled = labels.truth.find(run.cases[i].id);
    if (labelled != labels.truth.end() && run.cases[i].status == Status::done) truth[i] = labelled->second;
  }
  return truth;
}

/// Each labelled case has exactly one finding, as `label` says or as complete 0/1 columns with a single 1.
bool one_finding_each(const Evaluation& evaluation) {
  for (std::size_t i = 0; i < evaluation.truth.size(); ++i) {
    if (!evaluation.truth[i].empty() && !evaluation.true_finding(i)) return false;
  }
  return true;
}

ConfusionMatrix confusion_of(const RunData& run, const Evaluation& evaluation) {
  ConfusionMatrix matrix(run.findings.size());
  for (std::size_t i = 0; i < run.cases.size(); ++i) {
    const std::optional<std::size_t> truth = evaluation.true_finding(i);
    if (truth && run.cases[i].top) matrix.add(*truth, *run.cases[i].top);
  }
  return matrix;
}

FindingEvaluation evaluate_finding(const RunData& run, const Evaluation& evaluation, std::size_t finding) {
  std::vector<double> scores;
  std::vector<bool> positive;
  BinaryCounts counts;
  for (std::size_t i = 0; i < run.cases.size(); ++i) {
    if (evaluation.truth[i].empty() || !evaluation.truth[i][finding]) continue;
    const bool truth = *evaluation.truth[i][finding];
    if (const auto score = run.cases[i].scores[finding]) {
      scores.push_back(*score);
      positive.push_back(truth);
    }
    if (const auto decision = run.cases[i].decisions[finding]) counts.add(truth, *decision);
  }
  FindingEvaluation result{auroc(scores, positive), roc_curve(scores, positive), std::nullopt};
  if (evaluation.confusion) {
    result.decisions = evaluation.confusion->one_against_rest(finding);
  } else if (counts.total() > 0) {
    result.decisions = counts;
  }
  return result;
}

std::optional<double> macro_auroc_of(const std::vector<FindingEvaluation>& findings) {
  double sum = 0;
  std::size_t n = 0;
  for (const FindingEvaluation& finding : findings) {
    if (!finding.auroc.value) continue;
    sum += *finding.auroc.value;
    ++n;
  }
  return n == 0 ? std::nullopt : std::optional<double>(sum / static_cast<double>(n));
}

}  // namespace

std::optional<std::size_t> Evaluation::true_finding(std::size_t case_index) const {
  const auto& row = truth[case_index];
  if (std::ranges::count(row, std::optional<bool>(true)) != 1 ||
      std::ranges::count(row, std::optional<bool>()) != 0) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(std::ranges::find(row, std::optional<bool>(true)) - row.begin());
}

Evaluation evaluate(const RunData& run, const Labels& labels, LabelJoin joined) {
  Evaluation evaluation;
  evaluation.joined = std::move(joined);
  evaluation.ignored_columns = labels.ignored_columns;
  evaluation.truth = truth_by_case(run, labels);
  if (run.has_top && run.findings.size() > 1 && one_finding_each(evaluation)) {
    evaluation.confusion = confusion_of(run, evaluation);
  }
  for (std::size_t finding = 0; finding < run.findings.size(); ++finding) {
    evaluation.findings.push_back(evaluate_finding(run, evaluation, finding));
  }
  evaluation.macro_auroc = macro_auroc_of(evaluation.findings);
  return evaluation;
}

}  // namespace radbatch
