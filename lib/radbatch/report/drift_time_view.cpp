#include <algorithm>
#include <cmath>

#include "radbatch/base/text.hpp"
#include "radbatch/report/drift_time.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/line_chart.hpp"
#include "radbatch/report/part_pieces.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

constexpr std::size_t most_curves = 6;

/// What a curve over time shows.
using Quantity = Estimate (*)(const StepNumbers&);

Estimate called(const StepNumbers& numbers) {
  return numbers.called;
}
Estimate auroc_of(const StepNumbers& numbers) {
  return numbers.auroc;
}
Estimate mean_score(const StepNumbers& numbers) {
  return {numbers.mean, std::nullopt, numbers.n, 0, {}};
}

double range_of(const std::vector<StepNumbers>& steps, Quantity quantity) {
  double low = INFINITY;
  double high = -INFINITY;
  for (const StepNumbers& numbers : steps) {
    const Estimate estimate = quantity(numbers);
    if (!estimate.value) continue;
    low = std::min(low, *estimate.value);
    high = std::max(high, *estimate.value);
  }
  return high - low;
}

/// Findings with at least two points, those that move most first, at most as many as can be told apart.
std::vector<std::size_t> shown_findings(const TimeSeries& series, Quantity quantity, std::size_t& n_all) {
  std::vector<std::size_t> findings;
  for (std::size_t f = 0; f < series.findings.size(); ++f) {
    const auto n = std::ranges::count_if(
        series.findings[f], [&](const StepNumbers& numbers) { return quantity(numbers).value.has_value(); });
    if (n >= 2) findings.push_back(f);
  }
  n_all = findings.size();
  std::ranges::stable_sort(findings, std::greater(),
                           [&](std::size_t f) { return range_of(series.findings[f], quantity); });
  if (findings.size() > most_curves) findings.resize(most_curves);
  std::ranges::sort(findings);
  return findings;
}

ChartCurve curve_of(const PartContext& context, const TimeSeries& series, std::size_t finding,
                    Quantity quantity, bool with_band) {
  ChartCurve curve;
  curve.name = context.data.findings[finding].name;
  for (std::size_t s = 0; s < series.steps.size(); ++s) {
    const Estimate estimate = quantity(series.findings[finding][s]);
    if (!estimate.value) continue;
    const double x = step_year(series.steps[s], series.step);
    curve.points.push_back({x, *estimate.value});
    if (with_band && estimate.interval)
      curve.band.push_back({x, estimate.interval->low, estimate.interval->high});
  }
  return curve;
}

void add_chart(ReportPart& part, const PartContext& context, const TimeSeries& series, const std::string& id,
               const std::string& title, Quantity quantity) {
  std::size_t n_all = 0;
  const std::vector<std::size_t> findings = shown_findings(series, quantity, n_all);
  if (findings.empty()) return;
  LineChart chart;
  chart.title = title + " over time";
  chart.x = {context.lang("Year"), std::floor(step_year(series.steps.front(), series.step)),
             std::ceil(step_year(series.steps.back(), series.step)), false};
  chart.y = {title, 0, 1, false};
  double highest = 1;
  for (const std::size_t f : findings) {
    chart.curves.push_back(curve_of(context, series, f, quantity, findings.size() <= 2));
    for (const ChartPoint& point : chart.curves.back().points) highest = std::max(highest, point.y);
  }
  chart.y.high = highest;
  chart.is_square = false;
  chart.description = "From " + step_name(series.steps.front(), series.step) + " to " +
                      step_name(series.steps.back(), series.step) + ".";
  std::string caption = chart.description;
  if (n_all > findings.size())
    caption += " The " + std::to_string(findings.size()) + " of " + std::to_string(n_all) +
               " findings that move most.";
  if (findings.size() <= 2 && quantity != mean_score)
    caption += " With " + level_text(context.level) + " intervals.";
  add_figure(part, {id, chart.title, caption, line_chart(chart)});
}

ReportTable step_table(const PartContext& context, const TimeSeries& series) {
  ReportTable table{"drift-time",
                    "Scores over time",
                    {context.lang("Finding"), context.lang("Time"), "n", context.lang("Mean score"),
                     context.lang("Called positive"), "PSI", "AUROC"},
                    {},
                    {false, false, true, true, true, true, true},
                    {}};
  for (std::size_t f = 0; f < series.findings.size(); ++f) {
    for (std::size_t s = 0; s < series.steps.size(); ++s) {
      const StepNumbers& numbers = series.findings[f][s];
      table.rows.push_back({context.data.findings[f].name, step_name(series.steps[s], series.step),
                            html::grouped(numbers.n), value_text(numbers.mean), estimate_text(numbers.called),
                            value_text(numbers.index), estimate_text(numbers.auroc)});
    }
  }
  table.note =
      "Called positive: share with its Wilson interval. PSI against the first row of the finding. AUROC of "
      "labelled cases, DeLong on the logit scale, where at least " +
      std::to_string(FEWEST_PER_STEP) + " have and have not the finding.";
  return table;
}

Json series_json(const PartContext& context, const TimeSeries& series) {
  Json json = {{"steps", Json::array()},
               {"n", series.n},
               {"n_without_date", series.n_without_date},
               {"n_left_out", series.n_left_out},
               {"fewest_per_step", FEWEST_PER_STEP}};
  for (const int step : series.steps) {
    json["steps"].push_back(step_name(step, series.step));
    json["years"].push_back(step_year(step, series.step));
  }
  for (std::size_t f = 0; f < series.findings.size(); ++f) {
    Json finding = {{"finding", context.data.findings[f].slug}};
    for (const StepNumbers& numbers : series.findings[f]) {
      finding["steps"].push_back({{"n", numbers.n},
                                  {"mean", optional_json(numbers.mean)},
                                  {"called", estimate_json(numbers.called)},
                                  {"psi", optional_json(numbers.index)},
                                  {"auroc", estimate_json(numbers.auroc)}});
    }
    json["findings"].push_back(std::move(finding));
  }
  return json;
}

void add_metrics(ReportPart& part, const PartContext& context, const TimeSeries& series) {
  const std::string& model = context.data.raters.front().name;
  for (std::size_t f = 0; f < series.findings.size(); ++f) {
    for (std::size_t s = 0; s < series.steps.size(); ++s) {
      const StepNumbers& numbers = series.findings[f][s];
      const std::string subgroup = "time=" + step_name(series.steps[s], series.step);
      const std::string& finding = context.data.findings[f].name;
      part.metrics.push_back({model, finding, "mean_score", mean_score(numbers), subgroup});
      if (numbers.called.value)
        part.metrics.push_back({model, finding, "called_positive", numbers.called, subgroup});
      if (numbers.auroc.value) part.metrics.push_back({model, finding, "auroc", numbers.auroc, subgroup});
    }
  }
}

}  // namespace

void add_time_series(ReportPart& part, const PartContext& context, const TimeSeries& series) {
  add_heading(part, context.lang("Over time"));
  part.numbers["time"] = series_json(context, series);
  if (series.n_without_date > 0)
    add_note(part, counted(series.n_without_date, "case") + " without a date left out.");
  if (series.n_left_out > 0)
    add_note(part, counted(series.n_left_out, "case") + " left out, in steps of time with fewer than " +
                       std::to_string(FEWEST_PER_STEP) + ".");
  if (series.steps.empty()) return;
  part.html += "<div class=\"charts\">";
  const bool has_calls = std::ranges::any_of(series.findings, [](const auto& steps) {
    return std::ranges::any_of(steps,
                               [](const StepNumbers& numbers) { return numbers.called.value.has_value(); });
  });
  if (has_calls) add_chart(part, context, series, "drift-called", context.lang("Called positive"), called);
  add_chart(part, context, series, "drift-scores", context.lang("Mean score"), mean_score);
  add_chart(part, context, series, "drift-auroc", "AUROC", auroc_of);
  part.html += "</div>";
  add_folded_table(part, "Numbers over time", step_table(context, series));
  add_metrics(part, context, series);
}

}  // namespace radbatch
