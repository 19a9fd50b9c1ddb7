#include <algorithm>

#include "radbatch/base/text.hpp"
#include "radbatch/report/charts.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/page.hpp"
#include "radbatch/report/score_summary.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr std::size_t max_listed_cases = 200;

std::string histograms(const ReportContent& content) {
  const RunData& run = content.run;
  std::string charts;
  for (const ScoreSummary& summary : summarize_scores(run, content.evaluation)) {
    const std::string median = summary.median ? "median " + fixed(*summary.median, 3) : "no scores";
    const Finding& finding = run.findings[summary.finding];
    const std::string caption = escape(finding.name) + " " + element("span", "class=\"soft\"", median);
    charts += element("figure", "",
                      element("figcaption", "", caption) +
                          histogram_chart({finding.name, summary.up, summary.down, finding.threshold}));
  }
  return element("div", "class=\"charts\"", charts);
}

std::string score_bar(double score) {
  const std::string width = fixed(100 * std::clamp(score, 0.0, 1.0), 0);
  return element("span", "class=\"meter\"", element("i", "style=\"width:" + width + "%\"", ""));
}

std::string label_line(const ReportContent& content, std::size_t index) {
  if (!content.evaluation || !content.evaluation->confusion) return {};
  const std::optional<std::size_t> truth = content.evaluation->true_finding(index);
  if (!truth || truth == content.run.cases[index].top) return {};
  return element("div", "class=\"wrong\"", "✕ label: " + escape(content.run.findings[*truth].name));
}

std::string picture_card(const ReportContent& content, const Picture& picture) {
  const CaseRow& row = content.run.cases[picture.case_index];
  std::string score;
  if (row.top && row.scores[*row.top]) {
    score =
        element("div", "class=\"score\"", score_bar(*row.scores[*row.top]) + fixed(*row.scores[*row.top], 3));
  }
  const std::string predicted = row.top ? content.run.findings[*row.top].name : "no score";
  const std::string image = "<img alt=\"" + escape(row.id + ": " + predicted) +
                            "\" loading=\"lazy\" src=\"data:image/png;base64," + to_base64(picture.png) +
                            "\">";
  const std::string text = element("b", "", escape(predicted)) + score +
                           label_line(content, picture.case_index) + element("code", "", escape(row.id));
  return element("figure", "", image + element("figcaption", "", text));
}

/// The pictures of each predicted finding under its name; they are sorted so.
std::string picture_groups(const ReportContent& content) {
  const std::vector<Picture>& pictures = content.gallery.pictures;
  std::string out;
  for (std::size_t start = 0; start < pictures.size();) {
    const std::optional<std::size_t> top = content.run.cases[pictures[start].case_index].top;
    std::string cards;
    std::size_t end = start;
    for (; end < pictures.size() && content.run.cases[pictures[end].case_index].top == top; ++end) {
      cards += picture_card(content, pictures[end]);
    }
    const std::string shown = element("span", "class=\"soft\"", counted(end - start, "picture"));
    out += element("h4", "", escape(top ? content.run.findings[*top].name : "no score") + " " + shown) +
           element("div", "class=\"gallery\"", cards);
    start = end;
  }
  return out;
}

std::string gallery(const ReportContent& content) {
  const Gallery& chosen = content.gallery;
  const std::string groups = picture_groups(content);
  std::string note;
  if (chosen.n_left_out > 0) {
    note += "Of " + grouped(chosen.pictures.size() + chosen.n_left_out) + " pictures " +
            grouped(chosen.pictures.size()) +
            " are shown, in turn from each predicted finding, to keep the page small. ";
  }
  if (chosen.n_hidden > 0) {
    note += counted(chosen.n_hidden, "picture") + (chosen.n_hidden == 1 ? " is" : " are") +
            " hidden because text burned into the image may name a person; <code>--thumbnails all</code> "
            "shows them.";
  }
  if (groups.empty() && note.empty()) return {};
  return element("h3", "", "Classified images") + (note.empty() ? "" : element("p", "class=\"note\"", note)) +
         groups;
}

std::string case_row(const RunData& run, const CaseRow& row) {
  std::string cells = cell(element("code", "", escape(row.id)));
  cells += cell(row.top ? escape(run.findings[*row.top].name) : "");
  for (const auto& score : row.scores) cells += number_cell(score ? fixed(*score, 3) : "");
  return element("tr", "", cells + cell(element("span", "class=\"soft\"", escape(join(row.flags, " ")))));
}

std::string case_table(const RunData& run) {
  std::string header = element("th", "scope=\"col\"", "Case") +
                       element("th", "scope=\"col\"", run.has_top ? "Predicted" : "Highest score");
  for (const Finding& finding : run.findings)
    header += element("th", "scope=\"col\" class=\"num\"", escape(finding.name));
  header += element("th", "scope=\"col\"", "Flags");
  std::string rows;
  std::size_t listed = 0;
  for (const CaseRow& row : run.cases) {
    if (row.status == Status::done && listed++ < max_listed_cases) rows += case_row(run, row);
  }
  const std::string summary = listed > max_listed_cases
                                  ? "The first " + grouped(max_listed_cases) + " of " + grouped(listed) +
                                        " cases with a score (all are in predictions.csv)"
                                  : "Scores of " + counted(listed, "case");
  return element("details", "", element("summary", "", summary) + table("", element("tr", "", header), rows));
}

}  // namespace

std::string scores_section(const ReportContent& content) {
  if (content.run.findings.empty()) return {};
  return section("scores", "Scores", histograms(content) + gallery(content) + case_table(content.run));
}

}  // namespace radbatch
