#include <fmt/format.h>

#include <array>

#include "radbatch/report/chart_grid.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/line_chart.hpp"
#include "radbatch/report/use_sections.hpp"
#include "radbatch/stats/predictive_values.hpp"
#include "radbatch/stats/workload.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr std::array SENSITIVITIES{0.8, 0.9, 0.95, 1.0};
constexpr std::size_t MOST_POINTS = 200;

double share(std::size_t part, std::size_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// Not more than fit in a picture; the first and the last stay.
std::vector<WorkloadPoint> thinned(const std::vector<WorkloadPoint>& curve) {
  if (curve.size() <= MOST_POINTS) return curve;
  std::vector<WorkloadPoint> kept;
  for (std::size_t k = 0; k < MOST_POINTS; ++k)
    kept.push_back(curve[k * (curve.size() - 1) / (MOST_POINTS - 1)]);
  return kept;
}

Json to_json(const WorkloadPoint& point, std::size_t n, std::size_t n_positive) {
  Json json = {{"threshold", point.threshold},
               {"n_flagged", point.n_flagged},
               {"flagged", share(point.n_flagged, n)},
               {"true_positive", point.true_positive},
               {"sensitivity", share(point.true_positive, n_positive)}};
  if (point.true_positive > 0) json["reads_per_true_positive"] = point.reads_per_true_positive();
  return json;
}

Figure figure_of(const PartContext& context, const UseSubject& subject,
                 const std::vector<WorkloadPoint>& curve) {
  const std::size_t n = subject.units.scores.size(), n_positive = subject.units.n_positive;
  LineChart chart;
  chart.title = "Workload curve of " + subject.name;
  chart.x = {context.lang("Cases flagged"), 0, 1, true};
  chart.y = {context.lang("Sensitivity"), 0, 1, true};
  ChartCurve model{subject.rater->name, {{0, 0}}, false, false, false, {}, {}};
  for (const WorkloadPoint& point : thinned(curve))
    model.points.push_back({share(point.n_flagged, n), share(point.true_positive, n_positive)});
  const ChartCurve chance{context.lang("at random"), {{0, 0}, {1, 1}}, false, false, true, {}, {}};
  const double prevalence = share(n_positive, n);
  const ChartCurve best{
      context.lang("best possible"), {{0, 0}, {prevalence, 1}, {1, 1}}, false, false, true, {}, {}};
  chart.curves = {chance, best, model};
  const WorkloadPoint* most = point_at_sensitivity(curve, 0.95);
  const std::string words =
      fmt::format("{} of {} cases have the finding. To find 95 % of these, {} are flagged.", n_positive, n,
                  percent(share(most->n_flagged, n)));
  chart.description = words;
  return {"workload-" + subject_id(context, subject), subject.name, words, line_chart(chart)};
}

ReportTable empty_table(const PartContext& context) {
  return {
      "workload",
      "Workload",
      {context.lang("Finding"), context.lang("Wanted"), context.lang("Threshold"), context.lang("Flagged"),
       context.lang("Share flagged"), context.lang("Sensitivity"), context.lang("Reads per true positive")},
      {},
      {false, true, true, true, true, true, true},
      {}};
}

Json add_row(ReportTable& table, const PartContext& context, const UseSubject& subject,
             const WorkloadPoint& point, double wanted) {
  CalledUnits units{{}, subject.units.positive, subject.cluster};
  for (const double score : subject.units.scores) units.called.push_back(score >= point.threshold);
  const Estimate sensitivity = units.sensitivity(context.level);
  const std::size_t n = subject.units.scores.size();
  table.rows.push_back({subject.name, percent(wanted), fmt::format("{:.4g}", point.threshold),
                        grouped(point.n_flagged), percent(share(point.n_flagged, n)),
                        estimate_text(sensitivity), fixed(point.reads_per_true_positive(), 2)});
  Json json = to_json(point, n, subject.units.n_positive);
  json["wanted_sensitivity"] = wanted;
  json["sensitivity"] = estimate_json(sensitivity);
  return json;
}

}  // namespace

std::string workload_section(const PartContext& context, std::vector<UseSubject>& subjects,
                             ReportPart& part) {
  ReportTable table = empty_table(context);
  std::string remarks;
  std::vector<std::string> figures;
  for (UseSubject& subject : subjects) {
    const std::size_t n = subject.units.scores.size(), n_positive = subject.units.n_positive;
    if (n_positive == 0 || n_positive == n) {
      const std::string why = n_positive == 0 ? "no case has the finding" : "every case has the finding";
      subject.numbers["workload_why_not"] = why;
      remarks += element("li", "", escape(subject.name + ": " + why + "."));
      continue;
    }
    const std::vector<WorkloadPoint> curve = workload_curve(subject.units.scores, subject.units.positive);
    Json points = Json::array(), rows = Json::array();
    for (const WorkloadPoint& point : thinned(curve)) points.push_back(to_json(point, n, n_positive));
    for (const double wanted : SENSITIVITIES) {
      const WorkloadPoint& point = *point_at_sensitivity(curve, wanted);
      rows.push_back(add_row(table, context, subject, point, wanted));
      Estimate flagged;
      flagged.value = share(point.n_flagged, n);
      flagged.n = n;
      flagged.n_positive = n_positive;
      flagged.why_not = "the threshold was chosen on the same cases";
      part.metrics.push_back({subject.rater->name,
                              context.data.findings[subject.finding].name,
                              fmt::format("share_flagged_at_sensitivity_{:g}", wanted),
                              flagged,
                              {}});
    }
    subject.numbers["workload_curve"] = points;
    subject.numbers["workload"] = rows;
    part.figures.push_back(figure_of(context, subject, curve));
    figures.push_back(html_figure(part.figures.back()));
  }
  if (table.rows.empty() && remarks.empty()) return {};
  table.note = fmt::format(
      "The fewest cases that have to be flagged, highest scores first, to find that share of those with the "
      "finding; "
      "cases of one score are flagged together. The thresholds are chosen on the cases that they are judged "
      "on, so "
      "they look better than they would on others. Reads per true positive: flagged cases per one with the "
      "finding. "
      "In brackets the {:g} % interval of sensitivity, Wilson{}.",
      100 * context.level,
      context.data.is_clustered() ? ", by patient where a patient has several cases" : "");
  if (!table.rows.empty()) part.tables.push_back(table);
  return element("h3", "", escape(context.lang("Workload"))) + chart_grid(context.lang, figures) +
         (remarks.empty() ? "" : element("ul", "class=\"note\"", remarks)) +
         (table.rows.empty() ? "" : html_table(table));
}

}  // namespace radbatch
