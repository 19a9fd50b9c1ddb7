#include "radbatch/report/forest_chart.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/report/html.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/report/plot.hpp"
#include "radbatch/report/svg.hpp"

namespace radbatch {
namespace {

using namespace svg;

constexpr double ROW = 21, GAP = 12, PLOT_WIDTH = 150, MOST_NAME = 215, MOST_COUNT = 110;

/// Where the columns stand.
struct Columns {
  double count_end = 0;  ///< counts end here
  double text_end = 0;   ///< estimates end here: the picture's width
  Plot plot;
};

std::string number_text(const ForestRow& row, int decimals) {
  std::string text = estimate_text(row.estimate, decimals);
  for (std::size_t at = 0; (at = text.find('-', at)) != std::string::npos;) text.replace(at, 1, "−");
  return text;
}

bool is_drawn(const ForestRow& row) {
  return !row.is_heading && row.estimate.value && std::isfinite(*row.estimate.value);
}

/// Around all values and intervals. Intervals much longer than most do not make the others points: the axis
/// ends at five times the span of the values.
ChartAxis axis_of(const ForestChart& chart) {
  std::vector<double> values, ends;
  if (chart.reference) values.push_back(*chart.reference);
  for (const ForestRow& row : chart.rows) {
    if (!is_drawn(row)) continue;
    values.push_back(*row.estimate.value);
    if (!row.estimate.interval) continue;
    for (const double end : {row.estimate.interval->low, row.estimate.interval->high})
      if (std::isfinite(end)) ends.push_back(end);
  }
  if (values.empty()) return {chart.x_title, 0, 1};
  const auto [least, most] = std::ranges::minmax(values);
  ends.push_back(least);
  ends.push_back(most);
  const auto [lowest, highest] = std::ranges::minmax(ends);
  const double room = most > least ? 5 * (most - least) : highest - lowest;
  const double low = std::max(lowest, least - room), high = std::min(highest, most + room);
  const double margin = 0.05 * (high - low);
  return usable({chart.x_title, low - margin, high + margin});
}

Columns columns_of(const ForestChart& chart, double top) {
  double names = 60, counts = text_width(chart.count_title), texts = text_width(chart.estimate_title);
  for (const ForestRow& row : chart.rows) {
    names = std::max(names, text_width(row.name, 11) + (row.is_heading ? 0 : 8));
    counts = std::max(counts, text_width(row.count));
    if (is_drawn(row))
      texts = std::max(texts, text_width(number_text(row, chart.decimals)) * (row.is_total ? 1.15 : 1));
  }
  Columns columns;
  columns.count_end = std::min(names, MOST_NAME) + (counts > 0 ? GAP + std::min(counts, MOST_COUNT) : 0);
  columns.plot.left = columns.count_end + GAP;
  columns.plot.width = std::max(PLOT_WIDTH, NARROW - columns.plot.left - GAP - texts);
  columns.plot.top = top;
  columns.plot.height = ROW * static_cast<double>(chart.rows.size());
  columns.plot.x = axis_of(chart);
  columns.text_end = columns.plot.right() + GAP + texts;
  return columns;
}

std::string arrow(double x, double y, double direction) {
  return "<path class=\"mark series-0\" d=\"M" + number(x) + " " + number(y) + "l" + number(-6 * direction) +
         " -4v8z\"/>";
}

std::string diamond(double low, double middle, double high, double y) {
  return "<path class=\"mark series-0\" d=\"M" + number(low) + " " + number(y) + "L" + number(middle) + " " +
         number(y - 6) + "L" + number(high) + " " + number(y) + "L" + number(middle) + " " + number(y + 6) +
         "Z\"/>";
}

std::string interval_picture(const ForestRow& row, const Plot& plot, double y, double share) {
  const double at = plot.place_x(*row.estimate.value);
  const bool is_off = at < plot.left || at > plot.right();
  if (!row.estimate.interval) return is_off ? "" : mark(at, y, 4, 3, "series-0 hollow");
  const double low = plot.place_x(row.estimate.interval->low),
               high = plot.place_x(row.estimate.interval->high);
  const double from = std::isfinite(low) ? std::clamp(low, plot.left, plot.right()) : plot.left;
  const double to = std::isfinite(high) ? std::clamp(high, plot.left, plot.right()) : plot.right();
  if (row.is_total) return diamond(std::min(from, at - 4), at, std::max(to, at + 4), y);
  std::string out = line(from, y, to, y, "bar series-0");
  if (low < plot.left || !std::isfinite(low)) out += arrow(plot.left, y, -1);
  if (high > plot.right() || !std::isfinite(high)) out += arrow(plot.right(), y, 1);
  return out + (is_off ? "" : mark(at, y, std::max(2.2, 4.8 * std::sqrt(share)), 1, "series-0"));
}

std::string row_picture(const ForestChart& chart, const ForestRow& row, const Columns& columns, double y,
                        double most_n) {
  const Plot& plot = columns.plot;
  const double indent = row.is_heading || row.is_total ? 0 : 8;
  const double room = std::min(MOST_NAME, text_width(row.name, 11)) + (row.is_heading ? plot.width : 0);
  std::string out =
      fitted_label(indent, y + 4, row.is_heading || row.is_total ? "strong small" : "", row.name, room, 11);
  if (!row.count.empty()) out += fitted_label(columns.count_end, y + 4, "soft end", row.count, MOST_COUNT);
  if (row.is_heading) return out;
  if (!is_drawn(row)) {
    const std::string why = row.estimate.why_not.empty() ? "–" : row.estimate.why_not;
    return out + fitted_label(plot.left + 4, y + 4, "soft halo", why, columns.text_end - plot.left - 4);
  }
  const double share = most_n > 0 ? static_cast<double>(row.estimate.n) / most_n : 1;
  return out + interval_picture(row, plot, y, share) +
         label(columns.text_end, y + 4, row.is_total ? "strong small end" : "soft end",
               html::escape(number_text(row, chart.decimals)));
}

std::string forest_axes(const ForestChart& chart, const Columns& columns) {
  const Plot& plot = columns.plot;
  std::string out;
  for (const Tick& tick : ticks(plot.x, 4)) {
    const double x = plot.place_x(tick.value);
    out +=
        line(x, plot.top, x, plot.bottom(), "grid") + label(x, plot.bottom() + 15, "soft middle", tick.text);
  }
  out += line(plot.left, plot.bottom(), plot.right(), plot.bottom(), "axis");
  if (chart.reference) {
    const double x = plot.place_x(*chart.reference);
    if (x >= plot.left && x <= plot.right()) out += line(x, plot.top, x, plot.bottom(), "threshold");
  }
  if (!chart.count_title.empty())
    out += fitted_label(columns.count_end, 11, "soft end", chart.count_title, MOST_COUNT);
  if (!chart.estimate_title.empty())
    out += label(columns.text_end, 11, "soft end", html::escape(chart.estimate_title));
  const std::string title = shortened(chart.x_title, columns.text_end - plot.left, 11);
  const double half = text_width(title, 11) / 2;
  const double middle = std::min(plot.left + plot.width / 2, columns.text_end - half);
  return out + label(middle, plot.bottom() + 31, "middle", html::escape(title));
}

}  // namespace

std::string forest_chart(const ForestChart& chart) {
  const bool has_titles = !chart.count_title.empty() || !chart.estimate_title.empty();
  const Columns columns = columns_of(chart, has_titles ? 18 : 4);
  double most_n = 0;
  for (const ForestRow& row : chart.rows)
    if (!row.is_total && is_drawn(row)) most_n = std::max(most_n, static_cast<double>(row.estimate.n));
  std::string rows;
  for (std::size_t i = 0; i < chart.rows.size(); ++i)
    rows += row_picture(chart, chart.rows[i], columns,
                        columns.plot.top + ROW * (static_cast<double>(i) + 0.5), most_n);
  return picture(columns.text_end, columns.plot.bottom() + 40, "forest", chart.title, chart.description,
                 forest_axes(chart, columns) + rows);
}

}  // namespace radbatch
