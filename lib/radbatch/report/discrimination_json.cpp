#include <algorithm>
#include <array>
#include <cmath>

#include "radbatch/report/discrimination_output.hpp"

namespace radbatch {
namespace {

constexpr std::array NOT_DONE_NAMES{"exclude", "negative", "positive"};

/// JSON has no infinity: the threshold above all scores is null.
Json finite(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

Json roc_json(const FindingDiscrimination& finding) {
  Json points = Json::array();
  for (const RocPoint& point : finding.roc)
    points.push_back({{"threshold", finite(point.threshold)},
                      {"false_positive_rate", point.false_positive_rate},
                      {"true_positive_rate", point.true_positive_rate}});
  return points;
}

Json precision_recall_json(const FindingDiscrimination& finding) {
  Json points = Json::array();
  for (const PrecisionRecallPoint& point : finding.precision_recall)
    points.push_back(
        {{"threshold", finite(point.threshold)}, {"recall", point.recall}, {"precision", point.precision}});
  return points;
}

Json point_json(const OperatingPoint& how, const PointDiscrimination& point, std::size_t finding) {
  Json json = {{"id", how.id}, {"name", how.name}};
  json["threshold"] = how.thresholds[finding] ? finite(*how.thresholds[finding]) : Json();
  if (!how.n_fitted.empty()) json["n_fitted"] = how.n_fitted[finding];
  if (!point.why_not.empty()) {
    json["why_not"] = point.why_not;
    return json;
  }
  json["true_positive"] = point.counts.true_positive;
  json["false_positive"] = point.counts.false_positive;
  json["true_negative"] = point.counts.true_negative;
  json["false_negative"] = point.counts.false_negative;
  for (std::size_t m = 0; m < point.metrics.size(); ++m)
    json[name_of(ALL_BINARY_METRICS[m])] = estimate_json(point.metrics[m]);
  return json;
}

Json not_done_json(const FindingDiscrimination& finding) {
  Json json = Json::object();
  for (const NotDoneRow& row : finding.not_done) {
    Json& one = json[NOT_DONE_NAMES[static_cast<std::size_t>(row.counted_as)]];
    one["auroc"] = estimate_json(row.auroc);
    if (row.sensitivity) one["sensitivity"] = estimate_json(*row.sensitivity);
    if (row.specificity) one["specificity"] = estimate_json(*row.specificity);
  }
  return json;
}

Json finding_json(const Finding& named, const RaterDiscrimination& rater, std::size_t f) {
  const FindingDiscrimination& finding = rater.findings[f];
  Json json = {{"finding", named.name},
               {"slug", named.slug},
               {"n_positive", finding.n_positive},
               {"n_negative", finding.n_negative},
               {"n_without_score", finding.n_without_score},
               {"n_not_done", finding.n_not_done},
               {"auroc", estimate_json(finding.auroc)},
               {"average_precision", estimate_json(finding.average_precision)},
               {"roc", roc_json(finding)},
               {"n_roc_corners", finding.n_roc_corners},
               {"precision_recall", precision_recall_json(finding)},
               {"operating_points", Json::array()}};
  if (!finding.few.empty()) json["few"] = finding.few;
  for (std::size_t p = 0; p < rater.points.size(); ++p)
    json["operating_points"].push_back(point_json(rater.points[p], finding.points[p], f));
  if (!finding.not_done.empty()) json["not_done"] = not_done_json(finding);
  return json;
}

Json averages_json(const Averages& averages) {
  Json json = {
      {"n_findings", averages.n_findings}, {"n_left_out", averages.n_left_out}, {"rows", Json::array()}};
  for (const AverageRow& row : averages.rows) {
    json["rows"].push_back({{"metric", row.metric},
                            {"operating_point", row.point.empty() ? Json() : Json(row.point)},
                            {"macro", estimate_json(row.macro)},
                            {"weighted", estimate_json(row.weighted)},
                            {"micro", estimate_json(row.micro)}});
  }
  return json;
}

Json classes_json(const AnalysisData& data, const ClassDiscrimination& classes) {
  Json counts = Json::array(), names = Json::array(), top = Json::array();
  for (std::size_t a = 0; a < classes.confusion.size(); ++a) {
    names.push_back(data.findings[a].name);
    Json row = Json::array();
    for (std::size_t b = 0; b < classes.confusion.size(); ++b) row.push_back(classes.confusion.count(a, b));
    counts.push_back(std::move(row));
  }
  for (const TopK& one : classes.top) top.push_back({{"k", one.k}, {"share", estimate_json(one.share)}});
  Json json = {{"classes", names},
               {"confusion", counts},
               {"n", classes.confusion.total()},
               {"n_without_call", classes.n_without_call},
               {"accuracy", estimate_json(classes.metrics.accuracy)},
               {"balanced_accuracy", estimate_json(classes.metrics.balanced_accuracy)},
               {"macro_f1", estimate_json(classes.metrics.macro_f1)},
               {"kappa", estimate_json(classes.metrics.kappa)},
               {"top_k", top}};
  if (data.kind == TruthKind::ordinal) {
    json["linear_kappa"] = estimate_json(classes.metrics.linear_kappa);
    json["quadratic_kappa"] = estimate_json(classes.metrics.quadratic_kappa);
  }
  return json;
}

/// "sensitivity" at the declared threshold, "sensitivity_at_sens_0.95" at a chosen one.
std::string metric_name(const std::string& metric, const std::string& point) {
  return point.empty() || point == "declared" ? metric : metric + "_at_" + point;
}

}  // namespace

Json rater_json(const AnalysisData& data, const JudgedRater& judged) {
  const RaterDiscrimination& rater = judged.by_finding;
  Json json = {
      {"name", rater.rater->name}, {"is_reader", rater.rater->is_reader}, {"findings", Json::array()}};
  for (std::size_t f = 0; f < rater.findings.size(); ++f)
    json["findings"].push_back(finding_json(data.findings[f], rater, f));
  if (!judged.averages.rows.empty()) json["averages"] = averages_json(judged.averages);
  if (judged.classes) json["classes"] = classes_json(data, *judged.classes);
  return json;
}

std::vector<MetricRow> rater_rows(const AnalysisData& data, const JudgedRater& judged) {
  std::vector<MetricRow> rows;
  const RaterDiscrimination& rater = judged.by_finding;
  const std::string& model = rater.rater->name;
  for (std::size_t f = 0; f < rater.findings.size(); ++f) {
    const FindingDiscrimination& finding = rater.findings[f];
    const std::string& name = data.findings[f].name;
    const auto add = [&](const std::string& metric, const Estimate& estimate) {
      rows.push_back({model, name, metric, estimate, ""});
    };
    if (finding.auroc.n > 0 || finding.auroc.value) {
      add("auroc", finding.auroc);
      add("average_precision", finding.average_precision);
    }
    for (std::size_t p = 0; p < rater.points.size(); ++p) {
      for (std::size_t m = 0; m < finding.points[p].metrics.size(); ++m)
        add(metric_name(name_of(ALL_BINARY_METRICS[m]), rater.points[p].id), finding.points[p].metrics[m]);
    }
  }
  for (const AverageRow& row : judged.averages.rows) {
    const std::string metric = metric_name(row.metric, row.point);
    rows.push_back({model, "", "macro_" + metric, row.macro, ""});
    rows.push_back({model, "", "weighted_" + metric, row.weighted, ""});
    if (row.micro.value) rows.push_back({model, "", "micro_" + metric, row.micro, ""});
  }
  if (!judged.classes) return rows;
  const ClassMetrics& all = judged.classes->metrics;
  rows.push_back({model, "", "accuracy", all.accuracy, ""});
  rows.push_back({model, "", "balanced_accuracy", all.balanced_accuracy, ""});
  rows.push_back({model, "", "kappa", all.kappa, ""});
  if (data.kind == TruthKind::ordinal) {
    rows.push_back({model, "", "linear_kappa", all.linear_kappa, ""});
    rows.push_back({model, "", "quadratic_kappa", all.quadratic_kappa, ""});
  }
  for (const TopK& one : judged.classes->top)
    rows.push_back({model, "", "top_" + std::to_string(one.k), one.share, ""});
  return rows;
}

}  // namespace radbatch
