#include "radbatch/base/text.hpp"
#include "radbatch/report/discrimination_output.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/line_chart.hpp"

namespace radbatch {
namespace {

std::string counts_text(const FindingDiscrimination& finding) {
  return html::grouped(finding.n_positive) + " with and " + html::grouped(finding.n_negative) + " without";
}

ChartCurve chance() {
  ChartCurve curve;
  curve.points = {{0, 0}, {1, 1}};
  curve.is_reference = true;
  return curve;
}

ChartCurve roc_curve_of(const JudgedRater& judged, std::size_t f) {
  ChartCurve curve;
  curve.name = judged.by_finding.rater->name;
  for (const RocPoint& point : judged.by_finding.findings[f].roc)
    curve.points.push_back({point.false_positive_rate, point.true_positive_rate});
  return curve;
}

/// Where decisions lie in the plane of the ROC; nothing when a class is empty.
std::optional<ChartPoint> decision_mark(const PointDiscrimination& point) {
  const TableCounts counts = as_table(point.counts);
  if (counts.positives() <= 0 || counts.negatives() <= 0) return std::nullopt;
  return ChartPoint{counts.false_positive / counts.negatives(), counts.true_positive / counts.positives()};
}

void add_mark(LineChart& chart, const std::string& name, const PointDiscrimination& point) {
  const std::optional<ChartPoint> at = decision_mark(point);
  if (!at) return;
  ChartCurve mark;
  mark.name = name;
  mark.points = {*at};
  mark.is_marks = true;
  chart.curves.push_back(std::move(mark));
}

std::string area_text(const std::vector<JudgedRater>& models, std::size_t f, bool is_roc) {
  std::vector<std::string> parts;
  for (const JudgedRater& model : models) {
    const FindingDiscrimination& finding = model.by_finding.findings[f];
    const std::string area = estimate_text(is_roc ? finding.auroc : finding.average_precision);
    parts.push_back(models.size() > 1 ? model.by_finding.rater->name + " " + area : area);
  }
  return join(parts, ", ");
}

}  // namespace

std::vector<Figure> roc_figures(const PartContext& context, const std::vector<JudgedRater>& models,
                                const std::vector<JudgedRater>& readers) {
  std::vector<Figure> figures;
  for (std::size_t f = 0; f < context.data.findings.size(); ++f) {
    const Finding& finding = context.data.findings[f];
    LineChart chart;
    chart.title = "ROC curve of " + finding.name;
    chart.x.title = context.lang("1 − specificity");
    chart.y.title = context.lang("Sensitivity");
    for (const JudgedRater& model : models)
      if (!model.by_finding.findings[f].roc.empty()) chart.curves.push_back(roc_curve_of(model, f));
    if (chart.curves.empty()) continue;
    if (chart.curves.size() == 1 && readers.empty()) chart.curves[0].name.clear();
    chart.description = "AUROC " + area_text(models, f, true) + ", of cases " +
                        counts_text(models.front().by_finding.findings[f]) + " the finding";
    chart.curves.push_back(chance());
    const RaterDiscrimination& first = models.front().by_finding;
    for (std::size_t p = 0; p < first.points.size(); ++p)
      add_mark(chart, first.points[p].name, first.findings[f].points[p]);
    for (const JudgedRater& reader : readers) {
      if (!reader.by_finding.findings[f].points.empty())
        add_mark(chart, reader.by_finding.rater->name, reader.by_finding.findings[f].points[0]);
    }
    figures.push_back({"roc-" + finding.slug, finding.name,
                       "AUROC " + area_text(models, f, true) + "; " + counts_text(first.findings[f]),
                       line_chart(chart)});
  }
  return figures;
}

std::vector<Figure> precision_recall_figures(const PartContext& context,
                                             const std::vector<JudgedRater>& models) {
  std::vector<Figure> figures;
  for (std::size_t f = 0; f < context.data.findings.size(); ++f) {
    const Finding& finding = context.data.findings[f];
    const FindingDiscrimination& first = models.front().by_finding.findings[f];
    if (first.precision_recall.empty() || first.n_negative == 0) continue;
    LineChart chart;
    chart.title = "Precision-recall curve of " + finding.name;
    chart.x.title = context.lang("Recall (sensitivity)");
    chart.y.title = context.lang("Precision (PPV)");
    for (const JudgedRater& model : models) {
      ChartCurve curve;
      if (models.size() > 1) curve.name = model.by_finding.rater->name;
      for (const PrecisionRecallPoint& point : model.by_finding.findings[f].precision_recall)
        curve.points.push_back({point.recall, point.precision});
      chart.curves.push_back(std::move(curve));
    }
    const double prevalence =
        static_cast<double>(first.n_positive) / static_cast<double>(first.n_positive + first.n_negative);
    ChartCurve by_chance;
    by_chance.points = {{0, prevalence}, {1, prevalence}};
    by_chance.is_reference = true;
    chart.curves.push_back(std::move(by_chance));
    chart.description =
        "AUPRC " + area_text(models, f, false) + ", of cases " + counts_text(first) + " the finding";
    figures.push_back({"pr-" + finding.slug, finding.name,
                       "AUPRC " + area_text(models, f, false) + "; " + counts_text(first),
                       line_chart(chart)});
  }
  return figures;
}

}  // namespace radbatch
