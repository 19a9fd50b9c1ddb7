#include <algorithm>

#include "radbatch/report/html.hpp"
#include "radbatch/report/line_chart.hpp"
#include "radbatch/report/part_pieces.hpp"
#include "radbatch/report/rater_agreement.hpp"

namespace radbatch {
namespace {

constexpr std::size_t most_plots = 4;
constexpr std::size_t most_points = 400;

std::string id_of(RaterPair pair) {
  return std::to_string(pair.first) + "-" + std::to_string(pair.second);
}

std::vector<const RaterAgreement*> of_pair(const std::vector<RaterAgreement>& rows, RaterPair pair) {
  std::vector<const RaterAgreement*> members;
  for (const RaterAgreement& row : rows)
    if (row.pair.first == pair.first && row.pair.second == pair.second) members.push_back(&row);
  return members;
}

ReportTable call_table(const PartContext& context, const std::vector<const RaterAgreement*>& rows,
                       RaterPair pair) {
  const AnalysisData& data = context.data;
  const std::string& first = data.raters[pair.first].name;
  const std::string& second = data.raters[pair.second].name;
  ReportTable table{"agreement-" + id_of(pair),
                    "Agreement of " + first + " and " + second,
                    {context.lang("Finding"), "n", context.lang("Agreement"), context.lang("Kappa"),
                     "Yes by " + first + " only", "Yes by " + second + " only", "of these right: " + first,
                     "of these right: " + second},
                    {},
                    {false, true, true, true, true, true, true, true},
                    {}};
  for (const RaterAgreement* row : rows) {
    if (row->calls.total() == 0) continue;
    const bool has_truth = row->first_right + row->second_right > 0;
    const std::string kappa = row->kappa.value ? estimate_text(row->kappa) : "– (" + row->kappa.why_not + ")";
    table.rows.push_back({data.findings[row->finding].name, html::grouped(row->calls.total()),
                          estimate_text(row->agreement), kappa, html::grouped(row->calls.only_first),
                          html::grouped(row->calls.only_second),
                          has_truth ? html::grouped(row->first_right) : "–",
                          has_truth ? html::grouped(row->second_right) : "–"});
  }
  table.note = "Calls at each rater's own threshold. Agreement: share of cases called alike, " +
               std::string(data.is_clustered() ? "Wilson interval with the number of cases that independent "
                                                 "cases would need; kappa: bootstrap of patients."
                                               : "Wilson interval; Cohen's kappa, large-sample interval of "
                                                 "Fleiss, Cohen and Everitt.") +
               " Right: of the cases called differently, where the truth is known.";
  return table;
}

ReportTable score_table(const PartContext& context, const std::vector<const RaterAgreement*>& rows,
                        RaterPair pair) {
  const AnalysisData& data = context.data;
  ReportTable table{"scores-" + id_of(pair),
                    "Scores of " + name_of(data, pair),
                    {context.lang("Finding"), "n", context.lang("Mean difference"), "Limits of agreement",
                     "Largest |difference|", "Pearson", "Concordance"},
                    {},
                    {false, true, true, true, true, true, true},
                    {}};
  for (const RaterAgreement* row : rows) {
    if (row->scores.n == 0) continue;
    const std::string limits =
        row->scores.low ? value_text(row->scores.low) + " to " + value_text(row->scores.high) : "–";
    table.rows.push_back({data.findings[row->finding].name, html::grouped(row->scores.n),
                          difference_text(row->bias.estimate), limits, value_text(row->scores.largest),
                          value_text(row->scores.pearson), value_text(row->scores.concordance)});
  }
  table.note =
      "Limits of agreement: mean difference ∓ 1.96 standard deviations (Bland and Altman 1986). Interval of "
      "the mean difference: normal" +
      std::string(data.is_clustered() ? ", clustered by patient" : "") + ". Concordance: Lin's coefficient.";
  return table;
}

/// Every n-th unit, so that a cohort of any size draws in the same space.
Json points_of(const PartContext& context, const RaterAgreement& row, ChartCurve& curve) {
  const PairedScores scores = paired_scores(context.data, row.pair, row.finding, false);
  const std::size_t step = (scores.unit.size() + most_points - 1) / most_points;
  Json points = Json::array();
  for (std::size_t i = 0; i < scores.unit.size(); i += step) {
    curve.points.push_back({(scores.first[i] + scores.second[i]) / 2, scores.first[i] - scores.second[i]});
    points.push_back({curve.points.back().x, curve.points.back().y});
  }
  return points;
}

void add_plot(ReportPart& part, const PartContext& context, const RaterAgreement& row) {
  const Finding& finding = context.data.findings[row.finding];
  ChartCurve units;
  units.is_marks = true;
  const Json points = points_of(context, row, units);
  const auto [left, right] = std::ranges::minmax(units.points, {}, &ChartPoint::x);
  const double reach = std::max({*row.scores.largest, std::abs(*row.scores.low), *row.scores.high}) * 1.05;
  LineChart chart;
  chart.title = "Bland-Altman plot of " + finding.name;
  chart.description = name_of(context.data, row.pair) + ": mean difference " + value_text(row.scores.bias) +
                      ", limits of agreement " + value_text(row.scores.low) + " to " +
                      value_text(row.scores.high) + ".";
  chart.x = {context.lang("Mean of the two scores"), std::min(0.0, left.x), std::max(1.0, right.x), false};
  chart.y = {context.lang("Difference"), -reach, reach, false};
  for (const auto& [name, y] : {std::pair{"mean difference", *row.scores.bias},
                                std::pair{"limits of agreement", *row.scores.low},
                                {"", *row.scores.high}}) {
    ChartCurve level;
    level.name = name;
    level.is_reference = true;
    level.points = {{chart.x.low, y}, {chart.x.high, y}};
    chart.curves.push_back(level);
  }
  chart.curves.push_back(units);
  chart.is_square = false;
  const std::string id = "bland-altman-" + id_of(row.pair) + "-" + finding.slug;
  part.numbers["curves"][id] = points;
  const std::string drawn =
      units.points.size() == row.scores.n
          ? html::grouped(row.scores.n) + " cases."
          : html::grouped(units.points.size()) + " of " + html::grouped(row.scores.n) + " cases drawn.";
  add_figure(part, {id, finding.name, chart.description + " " + drawn, line_chart(chart)});
}

void add_plots(ReportPart& part, const PartContext& context, std::vector<const RaterAgreement*> rows) {
  std::erase_if(rows, [](const RaterAgreement* row) { return row->scores.spread.value_or(0) == 0; });
  std::ranges::stable_sort(rows, std::greater(),
                           [](const RaterAgreement* row) { return *row->scores.spread; });
  if (rows.size() > most_plots) {
    rows.resize(most_plots);
    add_note(part, "Drawn for the findings with the widest limits of agreement.");
  }
  if (!rows.empty()) part.html += "<div class=\"charts\">";
  for (const RaterAgreement* row : rows) add_plot(part, context, *row);
  if (!rows.empty()) part.html += "</div>";
}

}  // namespace

void add_agreement(ReportPart& part, const PartContext& context, const std::vector<RaterAgreement>& rows,
                   RaterPair pair) {
  const std::vector<const RaterAgreement*> members = of_pair(rows, pair);
  ReportTable calls = call_table(context, members, pair);
  if (!calls.rows.empty()) add_table(part, std::move(calls));
  for (const RaterAgreement* row : members) {
    const Finding& finding = context.data.findings[row->finding];
    add_list(part, {"disagree-" + id_of(pair) + "-" + finding.slug,
                    finding.name + ", called differently by " + context.data.raters[pair.first].name +
                        " and " + context.data.raters[pair.second].name,
                    row->disagreeing});
  }
  ReportTable scores = score_table(context, members, pair);
  if (scores.rows.empty()) return;
  add_table(part, std::move(scores));
  add_plots(part, context, members);
}

Json agreement_json(const PartContext& context, const RaterAgreement& row) {
  Json json = {{"finding", context.data.findings[row.finding].slug},
               {"both_yes", row.calls.both},
               {"only_first", row.calls.only_first},
               {"only_second", row.calls.only_second},
               {"both_no", row.calls.neither},
               {"n_calls", row.calls.total()},
               {"agreement", estimate_json(row.agreement)},
               {"kappa", estimate_json(row.kappa)},
               {"first_right", row.first_right},
               {"second_right", row.second_right}};
  if (row.scores.n == 0) return json;
  json["scores"] = {{"n", row.scores.n},
                    {"mean_difference", estimate_json(row.bias.estimate)},
                    {"mean_absolute_difference", optional_json(row.scores.mean_absolute)},
                    {"largest", optional_json(row.scores.largest)},
                    {"spread", optional_json(row.scores.spread)},
                    {"lower_limit", optional_json(row.scores.low)},
                    {"upper_limit", optional_json(row.scores.high)},
                    {"pearson", optional_json(row.scores.pearson)},
                    {"concordance", optional_json(row.scores.concordance)}};
  return json;
}

}  // namespace radbatch
