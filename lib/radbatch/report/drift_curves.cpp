#include "radbatch/report/drift_curves.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/report/html.hpp"
#include "radbatch/report/line_chart.hpp"
#include "radbatch/report/part_pieces.hpp"

namespace radbatch {
namespace {

constexpr std::size_t most_curves = 4;
constexpr int points_per_curve = 100;

/// Quantiles of the scores at even steps, which draw any cohort in the same space.
ChartCurve cumulative(const DriftColumns& side, const std::string& finding) {
  ChartCurve curve;
  curve.name = side.name;
  const auto found = std::ranges::find(side.findings, finding);
  std::vector<double> scores;
  for (const double score : side.scores[static_cast<std::size_t>(found - side.findings.begin())])
    if (std::isfinite(score)) scores.push_back(score);
  std::ranges::sort(scores);
  for (int i = 0; i <= points_per_curve; ++i) {
    const double share = static_cast<double>(i) / points_per_curve;
    curve.points.push_back({sorted_quantile(scores, share), share});
  }
  return curve;
}

void add_chart(ReportPart& part, const PartContext& context, const DriftColumns& before,
               const DriftColumns& now, const ScoreShift& shift) {
  const auto found = std::ranges::find(context.data.findings, shift.finding, &Finding::slug);
  const std::string& name = found->name;
  LineChart chart;
  chart.title = "Cumulative scores of " + name;
  chart.description = "Share of cases up to each score: " + before.name + " and " + now.name + ".";
  chart.x = {context.lang("Score"), 0, 1, false};
  chart.y = {context.lang("Cumulative share"), 0, 1, false};
  const std::string id = "drift-curve-" + shift.finding;
  for (const DriftColumns* side : {&before, &now}) {
    chart.curves.push_back(cumulative(*side, shift.finding));
    Json points = Json::array();
    for (const ChartPoint& point : chart.curves.back().points) {
      points.push_back({point.x, point.y});
      chart.x.low = std::min(chart.x.low, point.x);
      chart.x.high = std::max(chart.x.high, point.x);
    }
    part.numbers["curves"][id].push_back(points);
  }
  add_figure(part, {id, name,
                    chart.description + " " + html::grouped(shift.n_before) + " and " +
                        html::grouped(shift.n_now) + " cases.",
                    line_chart(chart)});
}

}  // namespace

void add_score_curves(ReportPart& part, const PartContext& context, const DriftColumns& before,
                      const DriftColumns& now, const std::vector<ScoreShift>& shifts) {
  std::vector<const ScoreShift*> shown;
  for (const ScoreShift& shift : shifts)
    if (shift.index) shown.push_back(&shift);
  std::ranges::stable_sort(shown, std::greater(),
                           [](const ScoreShift* shift) { return shift->index->value; });
  if (shown.size() > most_curves) {
    shown.resize(most_curves);
    add_note(part, "Curves of the findings with the largest PSI.");
  }
  if (shown.empty()) return;
  part.html += "<div class=\"charts\">";
  for (const ScoreShift* shift : shown) add_chart(part, context, before, now, *shift);
  part.html += "</div>";
}

}  // namespace radbatch
