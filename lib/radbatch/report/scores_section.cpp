#include <algorithm>
#include <cmath>

#include "radbatch/base/text.hpp"
#include "radbatch/report/chart_grid.hpp"
#include "radbatch/report/charts.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/run_parts.hpp"
#include "radbatch/report/score_summary.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr std::size_t max_listed_cases = 200;

std::string histogram_caption(const ScoreSummary& summary) {
  return summary.median ? "median " + fixed(*summary.median, 3) : "no scores";
}

Figure histogram_figure(const RunData& run, const ScoreSummary& summary) {
  const Finding& finding = run.findings[summary.finding];
  return {"scores-" + finding.slug, finding.name, histogram_caption(summary),
          histogram_chart({finding.name, summary.up, summary.down, finding.threshold})};
}

Json histogram_json(const Histogram& shape) {
  return {{"low", shape.low}, {"high", shape.high}, {"counts", shape.counts}};
}

Json number_or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

std::size_t sum_of(const Histogram& shape) {
  std::size_t sum = 0;
  for (const std::size_t n : shape.counts) sum += n;
  return sum;
}

Json summary_json(const Finding& finding, const ScoreSummary& summary) {
  Json json = {{"name", finding.name},
               {"slug", finding.slug},
               {"column", finding.column},
               {"threshold", number_or_null(finding.threshold)},
               {"n", summary.n},
               {"minimum", number_or_null(summary.minimum)},
               {"median", number_or_null(summary.median)},
               {"maximum", number_or_null(summary.maximum)}};
  json[summary.down ? "histogram_with" : "histogram"] = histogram_json(summary.up);
  json[summary.down ? "n_with" : "n_drawn"] = sum_of(summary.up);
  if (summary.down) {
    json["histogram_without"] = histogram_json(*summary.down);
    json["n_without"] = sum_of(*summary.down);
  }
  return json;
}

std::string case_row(const RunData& run, std::size_t index) {
  const CaseRow& row = run.cases[index];
  std::string cells = cell(element("code", "", escape(row.id)));
  cells += cell(row.top ? escape(run.findings[*row.top].name) : "");
  for (const std::vector<double>& scores : run.scores)
    cells += number_cell(std::isnan(scores[index]) ? "" : fixed(scores[index], 3));
  return element("tr", "", cells + cell(element("span", "class=\"soft\"", escape(join(row.flags, " ")))));
}

/// The first cases with a score, and how many there are.
std::pair<std::vector<std::size_t>, std::size_t> listed_cases(const RunData& run) {
  std::vector<std::size_t> listed;
  std::size_t n = 0;
  for (std::size_t i = 0; i < run.cases.size(); ++i) {
    if (run.cases[i].status != Status::done) continue;
    if (listed.size() < max_listed_cases) listed.push_back(i);
    ++n;
  }
  return {std::move(listed), n};
}

std::string case_table(const RunData& run, const std::vector<std::size_t>& listed, std::size_t n) {
  std::string header = element("th", "scope=\"col\"", "Case") +
                       element("th", "scope=\"col\"", run.has_top ? "Predicted" : "Highest score");
  for (const Finding& finding : run.findings)
    header += element("th", "scope=\"col\" class=\"num\"", escape(finding.name));
  header += element("th", "scope=\"col\"", "Flags");
  std::string rows;
  for (const std::size_t index : listed) rows += case_row(run, index);
  const std::string summary = n > listed.size()
                                  ? "The first " + grouped(listed.size()) + " of " + grouped(n) +
                                        " cases with a score (all are in predictions.csv)"
                                  : "Scores of " + counted(n, "case");
  return element("details", "", element("summary", "", summary) + table("", element("tr", "", header), rows));
}

Json cases_json(const RunData& run, const std::vector<std::size_t>& listed) {
  Json cases = Json::array();
  for (const std::size_t index : listed) {
    Json scores = Json::array();
    for (const std::vector<double>& column : run.scores)
      scores.push_back(std::isnan(column[index]) ? Json() : Json(column[index]));
    cases.push_back({{"case_id", run.cases[index].id}, {"scores", std::move(scores)}});
  }
  return cases;
}

}  // namespace

ReportPart scores_part(const PartContext& ctx, const RunData& run) {
  ReportPart part{.id = "scores", .heading = ctx.lang("Scores")};
  if (run.findings.empty()) return part;
  std::vector<std::string> charts;
  Json findings = Json::array();
  for (const ScoreSummary& summary : summarize_scores(run, ctx.data)) {
    Figure figure = histogram_figure(run, summary);
    charts.push_back(html_figure(figure));
    part.figures.push_back(std::move(figure));
    findings.push_back(summary_json(run.findings[summary.finding], summary));
  }
  const auto [listed, n] = listed_cases(run);
  part.html = chart_grid(ctx.lang, charts) + case_table(run, listed, n);
  part.numbers = {{"findings", std::move(findings)},
                  {"n_scored", n},
                  {"n_listed", listed.size()},
                  {"cases", cases_json(run, listed)}};
  return part;
}

}  // namespace radbatch
