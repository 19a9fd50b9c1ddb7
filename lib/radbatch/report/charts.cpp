#include "radbatch/report/charts.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/base/text.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/plot.hpp"
#include "radbatch/report/svg.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

using html::escape;
using html::fixed;
using html::grouped;
using namespace svg;

constexpr double plot_left = 8;
constexpr double plot_width = 284;

std::string bars(const Histogram& shape, double base, double height, const std::string& kind) {
  const std::size_t most = shape.counts.empty() ? 0 : *std::ranges::max_element(shape.counts);
  const double width = plot_width / static_cast<double>(std::max<std::size_t>(1, shape.counts.size()));
  std::string out;
  for (std::size_t bin = 0; bin < shape.counts.size(); ++bin) {
    if (shape.counts[bin] == 0) continue;
    // A single case stays visible beside a bin of thousands.
    const double size =
        std::max(1.5, std::abs(height) * static_cast<double>(shape.counts[bin]) / static_cast<double>(most));
    out += rectangle(plot_left + width * static_cast<double>(bin) + 0.75, height > 0 ? base - size : base,
                     width - 1.5, size, kind);
  }
  return out;
}

std::size_t total(const Histogram& shape) {
  std::size_t sum = 0;
  for (const std::size_t n : shape.counts) sum += n;
  return sum;
}

std::string peak(const Histogram& shape) {
  return grouped(shape.counts.empty() ? 0 : *std::ranges::max_element(shape.counts));
}

std::string axis(const Histogram& shape, double y) {
  auto tick = [](double value) { return shortest(std::round(value * 100) / 100); };
  return label(plot_left, y, "soft", tick(shape.low)) +
         label(plot_left + plot_width / 2, y, "soft middle", tick((shape.low + shape.high) / 2)) +
         label(plot_left + plot_width, y, "soft end", tick(shape.high));
}

std::string threshold_mark(const HistogramChart& chart, double bottom, const Language& lang) {
  const double span = chart.up.high - chart.up.low;
  const double share = chart.threshold && span > 0 ? (*chart.threshold - chart.up.low) / span : -1;
  if (!(share >= 0 && share <= 1)) return {};
  const double x = plot_left + plot_width * share;
  return line(x, 18, x, bottom, "threshold") + label(x + (share > 0.6 ? -4 : 4), 28,
                                                     share > 0.6 ? "soft end" : "soft",
                                                     lang("threshold") + " " + shortest(*chart.threshold));
}

}  // namespace

std::string status_class(Status status) {
  return std::string(name(status));
}

Histogram histogram(std::span<const double> values, double low, double high, std::size_t n_bins) {
  Histogram result{low, high, std::vector<std::size_t>(n_bins)};
  for (const double value : values) {
    if (!std::isfinite(value) || n_bins == 0) continue;
    const double place = high > low ? (value - low) / (high - low) * static_cast<double>(n_bins) : 0;
    const auto bin = static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(n_bins - 1)));
    ++result.counts[bin];
  }
  return result;
}

std::string histogram_chart(const HistogramChart& chart, const Language& lang) {
  const std::string title = "Scores for " + chart.name;
  if (!chart.down) {
    const std::string words = counted(total(chart.up), "case") + "; the fullest of " +
                              std::to_string(chart.up.counts.size()) + " bins has " + peak(chart.up) + ".";
    return picture(300, 124, "histogram", title, words,
                   label(plot_left, 12, "soft", lang("most in a bin") + " " + peak(chart.up)) +
                       bars(chart.up, 104, 84, "score") +
                       line(plot_left, 104, plot_left + plot_width, 104, "axis") +
                       threshold_mark(chart, 104, lang) + axis(chart.up, 118));
  }
  const std::string words = counted(total(chart.up), "case") + " with the finding above the line, " +
                            counted(total(*chart.down), "case") + " without it below.";
  auto counts = [&](const std::string& which, const Histogram& shape) {
    return lang(which) + " " + grouped(total(shape)) + ", " + lang("most in a bin") + " " + peak(shape);
  };
  return picture(300, 168, "histogram", title, words,
                 label(plot_left, 12, "soft", counts("with", chart.up)) + bars(chart.up, 84, 62, "score") +
                     bars(*chart.down, 84, -52, "rest") +
                     line(plot_left, 84, plot_left + plot_width, 84, "axis") +
                     threshold_mark(chart, 138, lang) + axis(chart.up, 150) +
                     label(plot_left, 164, "soft", counts("without", *chart.down)));
}

std::string roc_chart(const std::string& name_of_finding, const std::vector<RocPoint>& points) {
  Plot plot;
  plot.left = 30;
  plot.top = 8;
  plot.width = plot.height = 150;
  std::vector<ChartPoint> corners;
  for (const RocPoint& point : points)
    corners.push_back({point.false_positive_rate, point.true_positive_rate});
  const double left = plot.left, bottom = plot.bottom();
  const std::string curves = curves_picture(
      plot, {{.points = {{0, 0}, {1, 1}}, .is_reference = true}, {.points = std::move(corners)}});
  const std::string ticks = label(left - 5, plot.top + 5, "soft end", "1") +
                            label(left - 5, bottom, "soft end", "0") + label(left, bottom + 14, "soft", "0") +
                            label(plot.right(), bottom + 14, "soft end", "1") +
                            label(left + plot.width / 2, bottom + 14, "soft middle", "1 − specificity") +
                            upright_label(12, plot.top + plot.height / 2, "soft", "sensitivity");
  return picture(190, 178, "roc", "ROC curve of " + name_of_finding,
                 "Sensitivity against 1 minus specificity in " + counted(points.size(), "point") + ".",
                 rectangle(left, plot.top, plot.width, plot.height, "frame") + curves + ticks);
}

}  // namespace radbatch
