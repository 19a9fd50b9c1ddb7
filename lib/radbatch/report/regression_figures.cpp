#include "radbatch/report/regression_figures.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/report/html.hpp"
#include "radbatch/report/line_chart.hpp"

namespace radbatch {
namespace {

/// An axis that holds all of them with a margin; a single value stands in its middle.
ChartAxis axis_around(const std::string& title, const std::vector<double>& values) {
  const auto [low, high] = std::ranges::minmax(values);
  const double margin = high > low ? 0.05 * (high - low) : std::max(1.0, 0.1 * std::abs(high));
  return {.title = title, .low = low - margin, .high = high + margin};
}

/// Numbers near the largest double have no finite differences.
bool can_be_drawn(const RegressionPoints& points) {
  const auto [low_x, high_x] = std::ranges::minmax(points.truth);
  const auto [low_y, high_y] = std::ranges::minmax(points.predicted);
  return std::isfinite(1.2 * (std::max(high_x, high_y) - std::min(low_x, low_y)));
}

std::string count_text(const RegressionPoints& points) {
  const std::string n = html::grouped(points.truth.size());
  if (points.step() <= 1) return n + " cases.";
  return "One of every " + std::to_string(points.step()) + " of " + n + " cases is drawn.";
}

ChartCurve level_line(const std::string& name, const ChartAxis& x, double y) {
  ChartCurve line;
  line.name = name;
  line.points = {{x.low, y}, {x.high, y}};
  line.is_reference = true;
  return line;
}

Figure scatter(const PartContext& context, const FigureName& name, const RegressionPoints& points) {
  ChartCurve marks;
  marks.is_marks = true;
  std::vector<double> all;
  for (std::size_t i = 0; i < points.truth.size(); i += points.step()) {
    marks.points.push_back({points.truth[i], points.predicted[i]});
    all.insert(all.end(), {points.truth[i], points.predicted[i]});
  }
  LineChart chart;
  chart.title = "Predicted over true values, " + name.title;
  chart.description = "One mark per case; on the diagonal the two are equal.";
  chart.x = axis_around(context.lang("True value"), all);
  chart.y = axis_around(context.lang("Predicted value"), all);
  ChartCurve identity;
  identity.name = context.lang("equal");
  identity.points = {{chart.x.low, chart.y.low}, {chart.x.high, chart.y.high}};
  identity.is_reference = true;
  chart.curves = {identity, marks};
  return {name.id + "-scatter", name.title + ": predicted over true values", count_text(points),
          line_chart(chart)};
}

Figure differences(const PartContext& context, const FigureName& name, const RegressionPoints& points,
                   const std::vector<Measure>& measures) {
  ChartCurve marks;
  marks.is_marks = true;
  std::vector<double> x, y;
  for (std::size_t i = 0; i < points.truth.size(); i += points.step()) {
    x.push_back(points.truth[i] / 2 + points.predicted[i] / 2);
    y.push_back(points.predicted[i] - points.truth[i]);
    marks.points.push_back({x.back(), y.back()});
  }
  LineChart chart;
  chart.title = "Differences over means, " + name.title;
  chart.description = "One mark per case; lines at the bias and at the limits of agreement.";
  chart.is_square = false;
  chart.x = axis_around(context.lang("Mean of predicted and true"), x);
  for (const Measure& measure : measures) {
    const bool is_line = measure.metric == "bias" || measure.metric.starts_with("limit_of_agreement");
    if (!is_line || !finite(measure.estimate).value) continue;
    y.push_back(*measure.estimate.value);
    chart.curves.push_back(level_line(measure.name, chart.x, *measure.estimate.value));
  }
  chart.y = axis_around(context.lang("Predicted − true"), y);
  chart.curves.push_back(marks);
  return {name.id + "-bland-altman", name.title + ": Bland and Altman's plot", count_text(points),
          line_chart(chart)};
}

}  // namespace

std::vector<Figure> regression_figures(const PartContext& context, const FigureName& name,
                                       const RegressionPoints& points, const std::vector<Measure>& measures) {
  if (points.truth.empty() || points.most_points == 0 || !can_be_drawn(points)) return {};
  return {scatter(context, name, points), differences(context, name, points, measures)};
}

Json drawn_points(const RegressionPoints& points) {
  Json drawn = Json::array();
  for (std::size_t i = 0; i < points.truth.size(); i += points.step())
    drawn.push_back({points.truth[i], points.predicted[i]});
  return drawn;
}

}  // namespace radbatch
