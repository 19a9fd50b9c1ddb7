#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "radbatch/base/text.hpp"
#include "radbatch/report/discrimination_output.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/table_notes.hpp"

namespace radbatch {
namespace {

std::string threshold_text(const std::optional<double>& threshold) {
  if (!threshold) return "–";
  return std::isfinite(*threshold) ? fmt::format("{:.4g}", *threshold) : "above all";
}

ReportTable metric_table(const PartContext& context, const JudgedRater& judged, std::size_t point,
                         const std::vector<BinaryMetric>& metrics, ReportTable table) {
  const OperatingPoint& how = judged.by_finding.points[point];
  table.header = {context.lang("Finding"), context.lang("Threshold")};
  table.is_number = {false, true};
  for (const BinaryMetric metric : metrics) {
    table.header.push_back(context.lang(title_of(metric)));
    table.is_number.push_back(true);
  }
  MethodNotes methods;
  ReasonNotes reasons;
  for (std::size_t f = 0; f < judged.by_finding.findings.size(); ++f) {
    const FindingDiscrimination& finding = judged.by_finding.findings[f];
    if (finding.points[point].metrics.empty() && how.id == "given") continue;  // nobody asked
    const std::string& name = context.data.findings[f].name;
    std::vector<std::string> row{name, threshold_text(how.thresholds[f])};
    reasons.add("", name, finding.few);
    reasons.add("", name, finding.points[point].why_not);
    for (const BinaryMetric metric : metrics) {
      if (finding.points[point].metrics.empty()) {
        row.emplace_back("–");
        continue;
      }
      const Estimate& estimate = finding.points[point].metrics[static_cast<std::size_t>(metric)];
      const bool is_ratio = metric == BinaryMetric::positive_likelihood_ratio ||
                            metric == BinaryMetric::negative_likelihood_ratio;
      row.push_back(estimate_text(estimate, is_ratio ? 2 : 3));
      methods.add(title_of(metric), name, estimate);
      reasons.add(title_of(metric), name, estimate.why_not);
    }
    table.rows.push_back(std::move(row));
  }
  table.note = sentences(sentences(table.note, methods.text()), reasons.text());
  return table;
}

std::string fitted_note(const OperatingPoint& how) {
  if (how.n_fitted.empty()) return "";
  const auto [least, most] = std::ranges::minmax(how.n_fitted);
  const std::string n =
      least == most ? html::grouped(most) : html::grouped(least) + " to " + html::grouped(most);
  return "Thresholds were chosen on " + n + " other cases.";
}

void add_row(ReportTable& table, MethodNotes& methods, const std::string& name, const Estimate& estimate) {
  table.rows.push_back({name, estimate_text(estimate), html::grouped(estimate.n), estimate.why_not});
  methods.add(name, name, estimate);
}

}  // namespace

ReportTable areas_table(const PartContext& context, const JudgedRater& judged, const std::string& prefix) {
  ReportTable table{prefix + "discrimination",
                    context.lang("Areas under the curves"),
                    {context.lang("Finding"), context.lang("With"), context.lang("Without"),
                     context.lang("AUROC"), context.lang("AUPRC"), context.lang("Remarks")},
                    {},
                    {false, true, true, true, true, false},
                    ""};
  MethodNotes methods;
  for (std::size_t f = 0; f < judged.by_finding.findings.size(); ++f) {
    const FindingDiscrimination& finding = judged.by_finding.findings[f];
    const std::string& name = context.data.findings[f].name;
    ReasonNotes reasons;
    reasons.add("", name, finding.few);
    reasons.add("AUROC", name, finding.auroc.why_not);
    reasons.add("AUPRC", name, finding.average_precision.why_not);
    if (finding.n_without_score > 0)
      reasons.add("", name, counted(finding.n_without_score, "case") + " without a score");
    methods.add("AUROC", name, finding.auroc);
    methods.add("AUPRC", name, finding.average_precision);
    table.rows.push_back({name, html::grouped(finding.n_positive), html::grouped(finding.n_negative),
                          estimate_text(finding.auroc), estimate_text(finding.average_precision),
                          reasons.of_row(name)});
  }
  table.note = sentences(methods.text(), "AUPRC is average precision; chance gives the prevalence.");
  return table;
}

ReportTable decisions_table(const PartContext& context, const JudgedRater& judged, std::size_t point,
                            const std::string& prefix) {
  using enum BinaryMetric;
  const OperatingPoint& how = judged.by_finding.points[point];
  ReportTable table{prefix + "decisions-" + how.id, how.name, {}, {}, {}, fitted_note(how)};
  return metric_table(context, judged, point,
                      {sensitivity, specificity, precision, negative_predictive_value}, std::move(table));
}

ReportTable likelihood_table(const PartContext& context, const JudgedRater& judged, std::size_t point,
                             const std::string& prefix) {
  using enum BinaryMetric;
  const OperatingPoint& how = judged.by_finding.points[point];
  ReportTable table{prefix + "likelihood-" + how.id, how.name, {}, {}, {}, ""};
  return metric_table(context, judged, point,
                      {prevalence, positive_likelihood_ratio, negative_likelihood_ratio, accuracy},
                      std::move(table));
}

ReportTable summaries_table(const PartContext& context, const JudgedRater& judged, std::size_t point,
                            const std::string& prefix) {
  using enum BinaryMetric;
  const OperatingPoint& how = judged.by_finding.points[point];
  ReportTable table{prefix + "summaries-" + how.id, how.name, {}, {}, {}, ""};
  return metric_table(context, judged, point, {balanced_accuracy, f1, mcc, kappa}, std::move(table));
}

ReportTable averages_table(const PartContext& context, const JudgedRater& judged, const std::string& prefix) {
  const Averages& averages = judged.averages;
  ReportTable table{prefix + "averages",
                    context.lang("Over all findings"),
                    {context.lang("Statistic"), context.lang("Macro"), context.lang("Weighted"),
                     context.lang("Micro"), context.lang("Remarks")},
                    {},
                    {false, true, true, true, false},
                    ""};
  MethodNotes methods;
  for (const AverageRow& row : averages.rows) {
    std::string title = row.title;
    if (!row.point.empty()) {
      title += ", " + std::ranges::find(judged.by_finding.points, row.point, &OperatingPoint::id)->name;
    }
    ReasonNotes reasons;
    reasons.add(context.lang("Macro"), title, row.macro.why_not);
    reasons.add(context.lang("Weighted"), title, row.weighted.why_not);
    reasons.add(context.lang("Micro"), title, row.micro.why_not);
    methods.add(context.lang("Macro"), title, row.macro);
    methods.add(context.lang("Weighted"), title, row.weighted);
    methods.add(context.lang("Micro"), title, row.micro);
    table.rows.push_back({title, estimate_text(row.macro), estimate_text(row.weighted),
                          estimate_text(row.micro), reasons.of_row(title)});
  }
  table.note =
      "Macro: mean of the findings; weighted: by cases with the finding; micro: all findings pooled. " +
      methods.text();
  if (averages.n_left_out > 0)
    table.note += " " + counted(averages.n_left_out, "finding") + " without an AUROC left out.";
  return table;
}

ReportTable not_done_table(const PartContext& context, const JudgedRater& judged, const std::string& prefix) {
  ReportTable table{prefix + "not-done",
                    context.lang("Cases without a result"),
                    {context.lang("Finding"), context.lang("Cases"), context.lang("Counted as"),
                     context.lang("AUROC"), context.lang("Sensitivity"), context.lang("Specificity")},
                    {},
                    {false, true, false, true, true, true},
                    ""};
  MethodNotes methods;
  const std::vector<std::string> names{"left out", "called negative", "called positive"};
  for (std::size_t f = 0; f < judged.by_finding.findings.size(); ++f) {
    const FindingDiscrimination& finding = judged.by_finding.findings[f];
    const std::string& name = context.data.findings[f].name;
    for (const NotDoneRow& row : finding.not_done) {
      const Estimate none;
      const Estimate& sensitivity = row.sensitivity ? *row.sensitivity : none;
      const Estimate& specificity = row.specificity ? *row.specificity : none;
      methods.add("AUROC", name, row.auroc);
      methods.add("Sensitivity", name, sensitivity);
      methods.add("Specificity", name, specificity);
      table.rows.push_back({name, html::grouped(finding.n_not_done),
                            context.lang(names[static_cast<std::size_t>(row.counted_as)]),
                            estimate_text(row.auroc), estimate_text(sensitivity),
                            estimate_text(specificity)});
    }
  }
  table.note = methods.text();
  return table;
}

ReportTable classes_table(const PartContext& context, const JudgedRater& judged, const std::string& prefix) {
  ReportTable table{
      prefix + "classes",
      context.lang("All classes together"),
      {context.lang("Statistic"), context.lang("Value"), context.lang("Cases"), context.lang("Remarks")},
      {},
      {false, true, true, false},
      ""};
  MethodNotes methods;
  const ClassMetrics& all = judged.classes->metrics;
  add_row(table, methods, context.lang("Accuracy"), all.accuracy);
  add_row(table, methods, context.lang("Balanced accuracy"), all.balanced_accuracy);
  add_row(table, methods, context.lang("Macro F1"), all.macro_f1);
  add_row(table, methods, context.lang("Kappa"), all.kappa);
  if (context.data.kind == TruthKind::ordinal) {
    add_row(table, methods, context.lang("Kappa, linear weights"), all.linear_kappa);
    add_row(table, methods, context.lang("Kappa, quadratic weights"), all.quadratic_kappa);
  }
  for (const TopK& one : judged.classes->top)
    add_row(table, methods, "Top " + std::to_string(one.k), one.share);
  table.note = methods.text();
  if (judged.classes->n_without_call > 0)
    table.note +=
        " " + counted(judged.classes->n_without_call, "labelled case") + " without a called class left out.";
  return table;
}

ReportTable confusion_table(const PartContext& context, const JudgedRater& judged,
                            const std::string& prefix) {
  const ConfusionMatrix& matrix = judged.classes->confusion;
  ReportTable table{
      prefix + "confusion", context.lang("Confusion matrix"), {context.lang("Label")}, {}, {false}, ""};
  for (const Finding& finding : context.data.findings) {
    table.header.push_back(finding.name);
    table.is_number.push_back(true);
  }
  for (std::size_t a = 0; a < matrix.size(); ++a) {
    std::vector<std::string> row{context.data.findings[a].name};
    for (std::size_t b = 0; b < matrix.size(); ++b) row.push_back(html::grouped(matrix.count(a, b)));
    table.rows.push_back(std::move(row));
  }
  table.note = "Rows: label; columns: called class.";
  return table;
}

ReportTable readers_table(const PartContext& context, const std::vector<JudgedRater>& readers) {
  ReportTable table{"readers",
                    context.lang("Readers"),
                    {context.lang("Reader"), context.lang("Finding"), context.lang("With"),
                     context.lang("Without"), context.lang("Sensitivity"), context.lang("Specificity"),
                     context.lang("AUROC"), context.lang("Remarks")},
                    {},
                    {false, false, true, true, true, true, true, false},
                    ""};
  MethodNotes methods;
  for (const JudgedRater& reader : readers) {
    for (std::size_t f = 0; f < reader.by_finding.findings.size(); ++f) {
      const FindingDiscrimination& finding = reader.by_finding.findings[f];
      if (finding.points.empty() || finding.points[0].metrics.empty()) continue;
      const Estimate& sensitivity =
          finding.points[0].metrics[static_cast<std::size_t>(BinaryMetric::sensitivity)];
      const Estimate& specificity =
          finding.points[0].metrics[static_cast<std::size_t>(BinaryMetric::specificity)];
      const std::string& name = context.data.findings[f].name;
      const std::string row = reader.by_finding.rater->name + " " + name;
      methods.add("Sensitivity", row, sensitivity);
      methods.add("Specificity", row, specificity);
      methods.add("AUROC", row, finding.auroc);
      ReasonNotes reasons;
      reasons.add("", row, finding.few);
      reasons.add("Sensitivity", row, sensitivity.why_not);
      reasons.add("Specificity", row, specificity.why_not);
      reasons.add("AUROC", row, finding.auroc.why_not);
      table.rows.push_back({reader.by_finding.rater->name, name, html::grouped(finding.n_positive),
                            html::grouped(finding.n_negative), estimate_text(sensitivity),
                            estimate_text(specificity), estimate_text(finding.auroc), reasons.of_row(row)});
    }
  }
  table.note = methods.text();
  return table;
}

}  // namespace radbatch
