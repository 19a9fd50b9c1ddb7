#include "radbatch/report/report_json.hpp"

#include <cmath>

#include "radbatch/report/score_summary.hpp"

namespace radbatch {
namespace {

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json interval_json(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return {{"low", interval->low},
          {"high", interval->high},
          {"level", interval->level},
          {"method", interval->method}};
}

Json proportion_json(const Proportion& proportion) {
  return {{"successes", proportion.successes},
          {"n", proportion.n},
          {"value", or_null(proportion.value)},
          {"interval", interval_json(proportion.interval)}};
}

Json histogram_json(const Histogram& shape) {
  return {{"low", shape.low}, {"high", shape.high}, {"counts", shape.counts}};
}

Json cases_json(const RunData& run) {
  Json by_status = Json::object();
  Json by_reason = Json::object();
  for (const Status status :
       {Status::done, Status::skipped, Status::refused, Status::failed, Status::interrupted}) {
    by_status[std::string(name(status))] = run.count(status);
  }
  for (const CaseRow& row : run.cases) {
    if (row.status == Status::done) continue;
    Json& n = by_reason[row.reason];
    n = n.is_null() ? 1 : n.get<std::size_t>() + 1;
  }
  return {{"n", run.cases.size()}, {"by_status", by_status}, {"by_reason", by_reason}};
}

Json files_json(const RunData& run) {
  return {{"found", or_null(run.files_found())},
          {"in_cases", or_null(run.files_in_cases())},
          {"unassigned", run.unassigned()}};
}

Json scores_json(const ReportContent& content) {
  Json findings = Json::array();
  for (const ScoreSummary& summary : summarize_scores(content.run, content.evaluation)) {
    const Finding& finding = content.run.findings[summary.finding];
    Json entry = {{"name", finding.name},
                  {"slug", finding.slug},
                  {"column", finding.column},
                  {"threshold", or_null(finding.threshold)},
                  {"n", summary.n},
                  {"minimum", or_null(summary.minimum)},
                  {"median", or_null(summary.median)},
                  {"maximum", or_null(summary.maximum)}};
    entry[summary.down ? "histogram_with" : "histogram"] = histogram_json(summary.up);
    if (summary.down) entry["histogram_without"] = histogram_json(*summary.down);
    findings.push_back(std::move(entry));
  }
  return findings;
}

Json auroc_json(const Auroc& auroc) {
  Json result = {{"n_positive", auroc.n_positive},
                 {"n_negative", auroc.n_negative},
                 {"value", or_null(auroc.value)},
                 {"standard_error", or_null(auroc.standard_error)},
                 {"interval", interval_json(auroc.interval)}};
  if (!auroc.why_not.empty()) result["why_not"] = auroc.why_not;
  return result;
}

Json roc_json(const std::vector<RocPoint>& points) {
  Json result = Json::array();
  for (const RocPoint& point : points) {
    // The first point's threshold is infinite, which JSON has no word for.
    const Json threshold = std::isfinite(point.threshold) ? Json(point.threshold) : Json(nullptr);
    result.push_back({{"threshold", threshold},
                      {"false_positive_rate", point.false_positive_rate},
                      {"true_positive_rate", point.true_positive_rate}});
  }
  return result;
}

Json decisions_json(const BinaryCounts& counts) {
  return {{"true_positive", counts.true_positive},
          {"false_positive", counts.false_positive},
          {"true_negative", counts.true_negative},
          {"false_negative", counts.false_negative},
          {"sensitivity", proportion_json(sensitivity(counts))},
          {"specificity", proportion_json(specificity(counts))},
          {"precision", proportion_json(precision(counts))},
          {"negative_predictive_value", proportion_json(negative_predictive_value(counts))}};
}

Json confusion_json(const RunData& run, const ConfusionMatrix& matrix) {
  Json names = Json::array();
  Json counts = Json::array();
  for (std::size_t truth = 0; truth < matrix.size(); ++truth) {
    names.push_back(run.findings[truth].name);
    Json row = Json::array();
    for (std::size_t decision = 0; decision < matrix.size(); ++decision)
      row.push_back(matrix.count(truth, decision));
    counts.push_back(std::move(row));
  }
  return {{"names", names},
          {"rows", "label"},
          {"columns", "predicted"},
          {"counts", counts},
          {"accuracy", proportion_json(accuracy(matrix))},
          {"balanced_accuracy", or_null(balanced_accuracy(matrix))}};
}

Json evaluation_json(const RunData& run, const Evaluation& evaluation) {
  const LabelJoin& joined = evaluation.joined;
  Json findings = Json::array();
  for (std::size_t f = 0; f < run.findings.size(); ++f) {
    const FindingEvaluation& finding = evaluation.findings[f];
    Json entry = {
        {"name", run.findings[f].name}, {"auroc", auroc_json(finding.auroc)}, {"roc", roc_json(finding.roc)}};
    if (finding.decisions) entry["decisions"] = decisions_json(*finding.decisions);
    findings.push_back(std::move(entry));
  }
  return {{"labelled", joined.n_labelled},
          {"matched", joined.n_matched},
          {"without_score", joined.without_score},
          {"unlabelled", joined.unlabelled},
          {"unknown", joined.unknown},
          {"ignored_columns", evaluation.ignored_columns},
          {"macro_auroc", or_null(evaluation.macro_auroc)},
          {"confusion", evaluation.confusion ? confusion_json(run, *evaluation.confusion) : Json(nullptr)},
          {"findings", findings}};
}

}  // namespace

Json report_json(const ReportContent& content) {
  const RunData& run = content.run;
  return {{"format", "radbatch-report"},
          {"format_version", "1.0"},
          {"title", content.title},
          {"cases", cases_json(run)},
          {"files", files_json(run)},
          {"scores", scores_json(content)},
          {"labels", content.evaluation ? evaluation_json(run, *content.evaluation) : Json(nullptr)},
          {"pictures",
           {{"shown", content.gallery.pictures.size()},
            {"left_out", content.gallery.n_left_out},
            {"hidden", content.gallery.n_hidden}}},
          {"run", run.run}};
}

}  // namespace radbatch
