#include "radbatch/base/text.hpp"
#include "radbatch/report/charts.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/page.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr std::size_t max_listed_ids = 50;

std::string range(const Interval& interval) {
  return fixed(interval.low, 3) + "–" + fixed(interval.high, 3);
}

std::string value_with(const std::optional<double>& value, const std::optional<Interval>& interval) {
  if (!value) return "–";
  const std::string bounds = interval ? "<br>" + element("span", "class=\"soft\"", range(*interval)) : "";
  return fixed(*value, 3) + bounds;
}

std::string proportion_cell(const std::optional<Proportion>& proportion) {
  if (!proportion) return number_cell("–");
  return number_cell(value_with(proportion->value, proportion->interval));
}

std::string id_list(const std::string& heading, const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  std::string items;
  for (std::size_t i = 0; i < std::min(ids.size(), max_listed_ids); ++i) {
    items += element("li", "", element("code", "", escape(ids[i])));
  }
  if (ids.size() > max_listed_ids) items += element("li", "class=\"soft\"", "and more, see report.json");
  return element(
      "details", "",
      element("summary", "", grouped(ids.size()) + " " + heading) + element("ul", "class=\"ids\"", items));
}

std::string join_report(const Evaluation& evaluation) {
  const LabelJoin& joined = evaluation.joined;
  std::string out =
      element("p", "",
              grouped(joined.n_matched) + " of " + counted(joined.n_labelled, "labelled case") +
                  (joined.n_matched == 1 ? " has" : " have") + " a score; these are what is evaluated here.");
  out += id_list("labelled, but without a score", joined.without_score);
  out += id_list("with a score, but without a label", joined.unlabelled);
  out += id_list("labelled, but not in this run", joined.unknown);
  if (!evaluation.ignored_columns.empty()) {
    out += element(
        "p", "class=\"note\"",
        "Columns of the label file that name no finding: " + escape(join(evaluation.ignored_columns, ", ")));
  }
  return out;
}

/// Blue on the diagonal, orange off it; the share of the row is the strength, and is written in the cell.
std::string confusion_cell(const ConfusionMatrix& matrix, std::size_t truth, std::size_t decision) {
  const std::size_t n = matrix.count(truth, decision);
  const std::size_t of = matrix.row_total(truth);
  const double share = of == 0 ? 0 : static_cast<double>(n) / static_cast<double>(of);
  const std::string colour = truth == decision ? "46,104,158" : "214,125,44";
  const std::string style = "style=\"background:rgba(" + colour + "," + fixed(0.85 * share, 2) + ")" +
                            (share > 0.6 ? ";color:#fff" : "") + "\"";
  if (n == 0) return element("td", "class=\"zero\"", "0");
  return element("td", style, element("b", "", grouped(n)) + element("span", "", percent(share)));
}

std::string confusion_table(const RunData& run, const ConfusionMatrix& matrix) {
  std::string header = element("th", "class=\"corner\"", "label ↓ &nbsp; predicted →");
  std::string rows;
  for (const Finding& finding : run.findings) header += element("th", "scope=\"col\"", escape(finding.name));
  header += element("th", "scope=\"col\" class=\"num\"", "all");
  for (std::size_t truth = 0; truth < matrix.size(); ++truth) {
    std::string cells = element("th", "scope=\"row\"", escape(run.findings[truth].name));
    for (std::size_t decision = 0; decision < matrix.size(); ++decision)
      cells += confusion_cell(matrix, truth, decision);
    rows += element("tr", "", cells + number_cell(grouped(matrix.row_total(truth))));
  }
  return element("h3", "", "Confusion matrix") +
         element("p", "class=\"note\"", "Cases, and their share of the row.") +
         table("confusion", element("tr", "", header), rows);
}

std::string finding_row(const Finding& finding, const FindingEvaluation& evaluation) {
  const Auroc& auroc = evaluation.auroc;
  const std::string why =
      auroc.why_not.empty() ? "" : element("div", "class=\"soft\"", escape(auroc.why_not));
  std::optional<Proportion> sens, spec, prec;
  if (evaluation.decisions) {
    sens = sensitivity(*evaluation.decisions);
    spec = specificity(*evaluation.decisions);
    prec = precision(*evaluation.decisions);
  }
  return element("tr", "",
                 cell(escape(finding.name)) + number_cell(grouped(auroc.n_positive)) +
                     number_cell(grouped(auroc.n_negative)) +
                     number_cell(value_with(auroc.value, auroc.interval) + why) + proportion_cell(sens) +
                     proportion_cell(spec) + proportion_cell(prec));
}

std::string finding_table(const RunData& run, const Evaluation& evaluation) {
  std::string rows;
  for (std::size_t f = 0; f < run.findings.size(); ++f)
    rows += finding_row(run.findings[f], evaluation.findings[f]);
  const std::string decided = evaluation.confusion ? "the predicted finding against all others"
                                                   : "the model's own thresholds, where it has them";
  return element("h3", "", "By finding") +
         table("",
               header_row(
                   {"Finding", "#With", "#Without", "#AUROC", "#Sensitivity", "#Specificity", "#Precision"}),
               rows) +
         element("p", "class=\"note\"",
                 "Below each value its 95&nbsp;% interval: DeLong on the logit scale for AUROC, Wilson for "
                 "proportions. "
                 "Sensitivity, specificity and precision are for " +
                     decided +
                     ". Intervals treat cases as independent; "
                     "several studies of one patient make them too narrow.");
}

std::string roc_charts(const RunData& run, const Evaluation& evaluation) {
  std::string charts;
  for (std::size_t f = 0; f < run.findings.size(); ++f) {
    if (evaluation.findings[f].roc.empty()) continue;
    const std::string caption =
        escape(run.findings[f].name) + " " +
        element("span", "class=\"soft\"", fixed(*evaluation.findings[f].auroc.value, 3));
    charts += element(
        "figure", "",
        element("figcaption", "", caption) + roc_chart(run.findings[f].name, evaluation.findings[f].roc));
  }
  if (charts.empty()) return {};
  return element("h3", "", "ROC curves") + element("div", "class=\"charts small\"", charts);
}

std::string figure_card(const std::string& value, const std::string& words) {
  return element("div", "class=\"figure\"", element("b", "", value) + element("span", "", words));
}

std::string summary_cards(const Evaluation& evaluation) {
  std::string cards;
  if (evaluation.confusion) {
    const Proportion right = accuracy(*evaluation.confusion);
    if (right.value)
      cards += figure_card(percent(*right.value), "accuracy, " + fixed(100 * right.interval->low, 1) + "–" +
                                                      percent(right.interval->high) + " (Wilson 95&nbsp;%)");
    const std::optional<double> balanced = balanced_accuracy(*evaluation.confusion);
    if (balanced)
      cards += figure_card(percent(*balanced), "balanced accuracy, the mean of the sensitivities");
  }
  if (evaluation.macro_auroc)
    cards += figure_card(fixed(*evaluation.macro_auroc, 3), "mean AUROC of the findings");
  return element("div", "class=\"figures\"", cards);
}

}  // namespace

std::string evaluation_section(const ReportContent& content) {
  if (!content.evaluation) return {};
  const Evaluation& evaluation = *content.evaluation;
  return section("labels", "Scores against labels",
                 join_report(evaluation) + summary_cards(evaluation) +
                     (evaluation.confusion ? confusion_table(content.run, *evaluation.confusion) : "") +
                     finding_table(content.run, evaluation) + roc_charts(content.run, evaluation));
}

}  // namespace radbatch
