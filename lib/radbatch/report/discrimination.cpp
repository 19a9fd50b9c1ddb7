#include "radbatch/report/discrimination.hpp"

#include <algorithm>

#include "radbatch/base/text.hpp"
#include "radbatch/report/chart_grid.hpp"
#include "radbatch/report/confusion_chart.hpp"
#include "radbatch/report/discrimination_output.hpp"
#include "radbatch/report/html.hpp"

namespace radbatch {
namespace {

using namespace html;

bool has_truth(const AnalysisData& data) {
  if (data.kind == TruthKind::none || data.kind == TruthKind::continuous) return false;
  for (const std::vector<Answer>& column : data.truth)
    for (std::size_t i = 0; i < column.size(); ++i)
      if (data.is_test[i] != 0 && column[i] != Answer::unknown) return true;
  return false;
}

std::string introduction(const PartContext& context) {
  const AnalysisData& data = context.data;
  const auto n_test = static_cast<std::size_t>(std::ranges::count(data.is_test, 1));
  std::string text = counted(n_test, "case");
  if (!data.where.empty()) text += " of " + data.where;
  if (data.is_clustered()) {
    text += ". Some patients have several: intervals take patients, not cases, as independent";
  } else if (!data.has_patients) {
    text +=
        ". Nothing tells patients apart: intervals take cases as independent, and are too narrow where a "
        "patient has several";
  }
  return element("p", "", escape(text + "."));
}

/// Counts of a table whose cells lead to the cases.
std::string counts_table(const PartContext& context, const JudgedRater& judged, std::size_t point,
                         bool has_lists) {
  std::string rows;
  for (std::size_t f = 0; f < judged.by_finding.findings.size(); ++f) {
    const PointDiscrimination& at = judged.by_finding.findings[f].points[point];
    if (at.metrics.empty()) continue;
    const auto count = [&](const CaseList& list, const std::string& kind) {
      const std::string n = grouped(list.units.size());
      const bool is_linked = has_lists && !list.units.empty();
      return number_cell(is_linked ? list_link(context.data.findings[f].slug + "-" + kind, n) : n);
    };
    rows +=
        element("tr", "",
                cell(escape(context.data.findings[f].name)) + count(at.true_positive, "true-positive") +
                    count(at.false_positive, "false-positive") + count(at.false_negative, "false-negative") +
                    count(at.true_negative, "true-negative"));
  }
  return html::table(
      "narrow",
      header_row({escape(context.lang("Finding")), "#" + escape(context.lang("True positive")),
                  "#" + escape(context.lang("False positive")), "#" + escape(context.lang("False negative")),
                  "#" + escape(context.lang("True negative"))}),
      rows);
}

void add_lists(const AnalysisData& data, const RaterDiscrimination& rater, ReportPart& part) {
  for (std::size_t f = 0; f < rater.findings.size(); ++f) {
    if (rater.points.empty() || rater.findings[f].points[0].metrics.empty()) continue;
    const PointDiscrimination& point = rater.findings[f].points[0];
    const auto add = [&](const CaseList& list, const std::string& kind, const std::string& words) {
      if (list.units.empty()) return;
      part.lists.push_back({data.findings[f].slug + "-" + kind,
                            data.findings[f].name + ": " + words + " at the " + rater.points[0].name,
                            list.units});
    };
    add(point.false_positive, "false-positive", "false positives");
    add(point.false_negative, "false-negative", "false negatives");
    add(point.true_positive, "true-positive", "true positives");
    add(point.true_negative, "true-negative", "true negatives");
  }
}

class Page {
 public:
  Page(const PartContext& context, ReportPart& part) : context_(context), part_(part) {}

  void heading(const std::string& text) { part_.html += element("h3", "", escape(text)); }
  void small_heading(const std::string& text) { part_.html += element("h4", "", escape(text)); }
  void table(ReportTable made) {
    if (made.rows.empty()) return;
    part_.html += html_table(made);
    part_.tables.push_back(std::move(made));
  }

  void areas(const JudgedRater& judged, const std::string& prefix) {
    heading(context_.lang("Areas under the curves"));
    table(areas_table(context_, judged, prefix));
    if (!judged.averages.rows.empty()) {
      heading(context_.lang("Over all findings"));
      table(averages_table(context_, judged, prefix));
    }
  }

  void decisions(const JudgedRater& judged, const std::string& prefix, bool has_lists) {
    for (std::size_t p = 0; p < judged.by_finding.points.size(); ++p) {
      heading(context_.lang("Decisions") + ": " + judged.by_finding.points[p].name);
      table(decisions_table(context_, judged, p, prefix));
      table(likelihood_table(context_, judged, p, prefix));
      table(summaries_table(context_, judged, p, prefix));
      part_.html += counts_table(context_, judged, p, has_lists && p == 0);
    }
    ReportTable not_done = not_done_table(context_, judged, prefix);
    if (not_done.rows.empty()) return;
    heading(context_.lang("Cases without a result"));
    table(std::move(not_done));
  }

  void classes(const JudgedRater& judged, const std::string& prefix) {
    if (!judged.classes) return;
    heading(context_.lang("Confusion matrix"));
    ConfusionChart chart;
    chart.title = "Confusion matrix";
    chart.description = "Rows are labels, columns called classes; the table of figures has the counts.";
    chart.truth_title = context_.lang("Label");
    chart.call_title = context_.lang("Predicted");
    const ConfusionMatrix& matrix = judged.classes->confusion;
    for (std::size_t a = 0; a < matrix.size(); ++a) {
      chart.names.push_back(context_.data.findings[a].name);
      chart.counts.emplace_back();
      for (std::size_t b = 0; b < matrix.size(); ++b) chart.counts.back().push_back(matrix.count(a, b));
    }
    Figure figure{prefix + "confusion", context_.lang("Confusion matrix"),
                  counted(matrix.total(), "case") + ", counts and shares of the row", confusion_chart(chart)};
    part_.html += html_figure(figure);
    part_.figures.push_back(std::move(figure));
    part_.tables.push_back(confusion_table(context_, judged, prefix));
    table(classes_table(context_, judged, prefix));
  }

  void charts(const std::string& title, std::vector<Figure> figures) {
    if (figures.empty()) return;
    heading(title);
    std::vector<std::string> drawn;
    for (Figure& figure : figures) {
      drawn.push_back(html_figure(figure));
      part_.figures.push_back(std::move(figure));
    }
    part_.html += chart_grid(context_.lang, drawn);
  }

 private:
  const PartContext& context_;
  ReportPart& part_;
};

void warn_of_few(const AnalysisData& data, const RaterDiscrimination& rater, ReportPart& part) {
  std::vector<std::string> names;
  for (std::size_t f = 0; f < rater.findings.size(); ++f)
    if (!rater.findings[f].few.empty()) names.push_back(printable(data.findings[f].name));
  if (names.empty()) return;
  part.warnings.push_back("fewer than " + std::to_string(FEW_CASES) +
                          " cases with or without the finding: " + join(names, ", "));
}

}  // namespace

ReportPart discrimination_part(const PartContext& context, const ThresholdOptions& options) {
  ReportPart part{.id = "discrimination", .heading = context.lang("Discrimination")};
  if (!has_truth(context.data)) return part;
  std::vector<JudgedRater> models, readers;
  for (const Rater& rater : context.data.raters) {
    JudgedRater judged{discriminate(context, options, rater), {}, {}};
    if (!rater.is_reader) judged.averages = averages_of(context, judged.by_finding);
    judged.classes = discriminate_classes(context, options, rater);
    std::ranges::move(rater_rows(context.data, judged), std::back_inserter(part.metrics));
    part.numbers[rater.is_reader ? "readers" : "models"].push_back(rater_json(context.data, judged));
    (rater.is_reader ? readers : models).push_back(std::move(judged));
  }
  if (models.empty() && readers.empty()) return part;
  part.numbers["n_test"] = std::ranges::count(context.data.is_test, 1);
  part.numbers["is_clustered"] = context.data.is_clustered();
  part.html = introduction(context);
  Page page(context, part);
  for (std::size_t m = 0; m < models.size(); ++m) {
    const std::string prefix = m == 0 ? "" : "model-" + std::to_string(m + 1) + "-";
    if (models.size() > 1) page.heading(models[m].by_finding.rater->name);
    page.classes(models[m], prefix);
    page.areas(models[m], prefix);
    page.decisions(models[m], prefix, m == 0);
  }
  if (!models.empty()) {
    add_lists(context.data, models.front().by_finding, part);
    warn_of_few(context.data, models.front().by_finding, part);
  }
  if (!readers.empty()) {
    page.heading(context.lang("Readers"));
    page.table(readers_table(context, readers));
  }
  if (models.empty()) return part;
  page.charts(context.lang("ROC curves"), roc_figures(context, models, readers));
  page.charts(context.lang("Precision-recall curves"), precision_recall_figures(context, models));
  return part;
}

}  // namespace radbatch
