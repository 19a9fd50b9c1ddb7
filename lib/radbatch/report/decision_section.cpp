#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "radbatch/report/chart_grid.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/line_chart.hpp"
#include "radbatch/report/use_sections.hpp"
#include "radbatch/stats/net_benefit.hpp"

namespace radbatch {
namespace {

using namespace html;

constexpr std::size_t MOST_POINTS = 50;
constexpr std::size_t TABLE_ROWS = 6;

/// Whole percents where the range has at least two and not too many of them, else an even grid.
std::vector<double> thresholds_of(const UseOptions& options) {
  const auto low = static_cast<int>(std::ceil(100 * options.lowest_threshold - 1e-9));
  const auto high = static_cast<int>(std::floor(100 * options.highest_threshold + 1e-9));
  std::vector<double> thresholds;
  if (high > low) {
    const int step = 1 + (high - low) / static_cast<int>(MOST_POINTS);
    for (int percent = low; percent <= high; percent += step) thresholds.push_back(percent / 100.0);
    return thresholds;
  }
  for (std::size_t k = 0; k < MOST_POINTS; ++k)
    thresholds.push_back(options.lowest_threshold +
                         static_cast<double>(k) / (MOST_POINTS - 1) *
                             (options.highest_threshold - options.lowest_threshold));
  return thresholds;
}

struct DecisionPoint {
  NetBenefit counted;
  Estimate model, treat_all, difference;
};

Estimate estimate_of(const UseSubject& subject, double value, const Bootstrapped& found) {
  Estimate estimate;
  estimate.value = value;
  estimate.interval = found.interval;
  estimate.n = subject.units.scores.size();
  estimate.n_positive = subject.units.n_positive;
  estimate.why_not = found.why_not;
  return estimate;
}

std::vector<DecisionPoint> points_of(const PartContext& context, const UseSubject& subject,
                                     const std::vector<double>& thresholds) {
  const DecisionCurve curve(subject.units.scores, subject.units.positive, thresholds);
  BootstrapPlan plan;
  plan.n_resamples = context.n_bootstrap;
  plan.seed = context.seed;
  plan.threads = context.threads;
  plan.level = context.level;
  plan.drawn = subject.cluster.empty() ? "cases" : "patients";
  const std::vector<Bootstrapped> found = curve.bootstrapped(plan, subject.cluster);
  std::vector<DecisionPoint> points;
  for (const NetBenefit& counted : curve.points()) {
    const std::size_t at = 3 * points.size();
    points.push_back({counted, estimate_of(subject, counted.model, found.at(at)),
                      estimate_of(subject, counted.treat_all, found.at(at + 1)),
                      estimate_of(subject, counted.model - counted.treat_all, found.at(at + 2))});
  }
  return points;
}

Json to_json(const std::vector<DecisionPoint>& points) {
  Json list = Json::array();
  for (const DecisionPoint& point : points)
    list.push_back({{"threshold", point.counted.threshold},
                    {"true_positive", point.counted.true_positive},
                    {"false_positive", point.counted.false_positive},
                    {"net_benefit", estimate_json(point.model)},
                    {"treat_all", estimate_json(point.treat_all)},
                    {"difference_to_treat_all", estimate_json(point.difference)},
                    {"avoided_per_100", point.counted.avoided_per_100()}});
  return list;
}

std::string verdict(const std::vector<DecisionPoint>& points) {
  std::vector<double> better;
  for (const DecisionPoint& point : points)
    if (point.model.interval && point.difference.interval && point.model.interval->low > 0 &&
        point.difference.interval->low > 0)
      better.push_back(point.counted.threshold);
  if (better.empty()) return "At no threshold better than both treating all and treating none.";
  return fmt::format("Better than treating all and treating none at {} of {} thresholds, from {} to {}.",
                     better.size(), points.size(), percent(better.front()), percent(better.back()));
}

Figure figure_of(const PartContext& context, const UseSubject& subject,
                 const std::vector<DecisionPoint>& points) {
  LineChart chart;
  chart.title = "Decision curve of " + subject.name;
  chart.is_square = false;
  chart.x = {context.lang("Threshold probability"), points.front().counted.threshold,
             points.back().counted.threshold, true};
  ChartCurve model{subject.rater->name, {}, false, false, false, {}, {}};
  ChartCurve treat_all{context.lang("treat all"), {}, false, false, true, {}, {}};
  ChartCurve treat_none{context.lang("treat none"), {}, false, false, true, {}, {}};
  double highest = 0;
  for (const DecisionPoint& point : points) {
    const double t = point.counted.threshold;
    model.points.push_back({t, *point.model.value});
    if (point.model.interval)
      model.band.push_back({t, point.model.interval->low, point.model.interval->high});
    treat_all.points.push_back({t, *point.treat_all.value});
    treat_none.points.push_back({t, 0});
    highest = std::max({highest, *point.model.value, *point.treat_all.value,
                        point.model.interval ? point.model.interval->high : 0});
  }
  highest = std::max(highest, 0.01);
  chart.y = {context.lang("Net benefit"), -0.15 * highest, 1.05 * highest, false};
  chart.curves = {treat_all, treat_none, model};
  chart.description = verdict(points);
  const std::string caption =
      fmt::format("{} of {} cases have the finding. Band: pointwise {:g} % interval{}. ",
                  subject.units.n_positive, subject.units.scores.size(), 100 * context.level,
                  points.front().model.interval ? ", " + points.front().model.interval->method : "") +
      verdict(points);
  return {"decision-" + subject_id(context, subject), subject.name, caption, line_chart(chart)};
}

std::vector<std::size_t> table_positions(std::size_t n) {
  std::vector<std::size_t> positions;
  for (std::size_t k = 0; k < TABLE_ROWS; ++k) {
    const std::size_t at = k * (n - 1) / (TABLE_ROWS - 1);
    if (positions.empty() || at != positions.back()) positions.push_back(at);
  }
  return positions;
}

ReportTable empty_table(const PartContext& context) {
  return {"net-benefit",
          "Net benefit",
          {context.lang("Finding"), context.lang("Threshold"), context.lang("Model"),
           context.lang("Treat all"), context.lang("Model − treat all"), context.lang("Avoided per 100")},
          {},
          {false, true, true, true, true, true},
          {}};
}

void add_rows(ReportTable& table, const UseSubject& subject, const std::vector<DecisionPoint>& points) {
  for (const std::size_t at : table_positions(points.size())) {
    const DecisionPoint& point = points[at];
    table.rows.push_back({subject.name, percent(point.counted.threshold), estimate_text(point.model),
                          estimate_text(point.treat_all), estimate_text(point.difference),
                          fixed(point.counted.avoided_per_100(), 1)});
  }
}

}  // namespace

std::string decision_section(const PartContext& context, const UseOptions& options,
                             std::vector<UseSubject>& subjects, ReportPart& part) {
  const std::vector<double> thresholds = thresholds_of(options);
  ReportTable table = empty_table(context);
  std::string remarks;
  std::vector<std::string> figures;
  std::string method = "bootstrap";
  for (UseSubject& subject : subjects) {
    const bool is_probability =
        std::ranges::all_of(subject.units.scores, [](double score) { return score >= 0 && score <= 1; });
    if (!is_probability) {
      const std::string why = "its scores are no probabilities: some are outside 0 to 1";
      subject.numbers["decision_why_not"] = why;
      remarks += element("li", "", escape(subject.name + ": " + why + "."));
      continue;
    }
    const std::vector<DecisionPoint> points = points_of(context, subject, thresholds);
    subject.numbers["decision_curve"] = to_json(points);
    add_rows(table, subject, points);
    for (const DecisionPoint& point : points) {
      if (point.model.interval) method = point.model.interval->method;
      part.metrics.push_back({subject.rater->name,
                              context.data.findings[subject.finding].name,
                              fmt::format("net_benefit_at_{:g}", point.counted.threshold),
                              point.model,
                              {}});
    }
    part.figures.push_back(figure_of(context, subject, points));
    figures.push_back(html_figure(part.figures.back()));
  }
  if (table.rows.empty() && remarks.empty()) return {};
  table.note = fmt::format(
      "Net benefit = TP / n - FP / n × t / (1 - t), where a score of at least t is acted on (Vickers and "
      "Elkin "
      "2006); treating none is 0. In brackets the {:g} % interval, {}. Avoided: fewer cases acted on in vain "
      "per "
      "100 cases than with treat-all, at the same benefit. Scores have to be calibrated for t to be a "
      "probability. A threshold is called better where the lower bounds over treat-all and over treat-none "
      "are both above 0, each by itself, not corrected for their number.",
      100 * context.level, method);
  part.tables.push_back(table);
  return element("h3", "", escape(context.lang("Decision curves"))) + chart_grid(context.lang, figures) +
         (remarks.empty() ? "" : element("ul", "class=\"note\"", remarks)) + html_table(table);
}

}  // namespace radbatch
