#include "radbatch/report/plot.hpp"

#include <algorithm>
#include <cmath>

#include "radbatch/report/curve_path.hpp"
#include "radbatch/report/html.hpp"
#include "radbatch/report/svg.hpp"

namespace radbatch {
namespace {

using namespace svg;

/// How a curve looks: its place among the curves that are no references, or among the references.
struct Look {
  std::size_t series = 0;
  std::string kind;  ///< classes
};

std::vector<Look> looks_of(const std::vector<ChartCurve>& curves) {
  std::vector<Look> looks;
  std::size_t n_series = 0, n_references = 0;
  for (const ChartCurve& curve : curves) {
    if (curve.like && *curve.like < looks.size()) {
      looks.push_back(looks[*curve.like]);
    } else if (curve.is_reference) {
      looks.push_back({n_references, "reference reference-" + std::to_string(n_references % 3)});
      ++n_references;
    } else {
      looks.push_back({n_series, series_class(n_series)});
      ++n_series;
    }
  }
  return looks;
}

double mark_radius(const ChartCurve& curve, std::size_t point) {
  if (curve.weights.size() != curve.points.size()) return 4;
  const double weight = curve.weights[point];
  return std::isfinite(weight) ? std::max(2.0, 7 * std::sqrt(std::clamp(weight, 0.0, 1.0))) : 2;
}

bool is_inside(const Plot& plot, double x, double y) {
  const double slack = 1e-9;
  return std::isfinite(x) && std::isfinite(y) && x >= plot.x.low - slack && x <= plot.x.high + slack &&
         y >= plot.y.low - slack && y <= plot.y.high + slack;
}

/// A bar from low to high with short ends.
std::string error_bar(const Plot& plot, const ChartBand& bar, const std::string& kind) {
  if (!is_inside(plot, bar.x, plot.y.low) || !std::isfinite(bar.low) || !std::isfinite(bar.high)) return {};
  const double x = plot.place_x(bar.x);
  const double low = plot.place_y(std::clamp(bar.low, plot.y.low, plot.y.high));
  const double high = plot.place_y(std::clamp(bar.high, plot.y.low, plot.y.high));
  const std::string classes = "bar " + kind;
  return line(x, low, x, high, classes) + line(x - 3, low, x + 3, low, classes) +
         line(x - 3, high, x + 3, high, classes);
}

std::string marks_picture(const Plot& plot, const ChartCurve& curve, const Look& look) {
  std::string out;
  for (const ChartBand& bar : curve.band) out += error_bar(plot, bar, look.kind);
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    const auto& [x, y] = curve.points[i];
    if (is_inside(plot, x, y))
      out += mark(plot.place_x(x), plot.place_y(y), mark_radius(curve, i), look.series, look.kind);
  }
  return out;
}

std::string tick_text(double value, double step, bool is_percent) {
  const double shown = is_percent ? 100 * value : value;
  const double shown_step = is_percent ? 100 * step : step;
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(shown_step) - 1e-9)), 0, 12);
  const double clean = std::abs(shown) < shown_step * 1e-6 ? 0 : shown;
  std::string text = html::fixed(clean, decimals);
  if (text.starts_with('-')) text.replace(0, 1, "−");
  return is_percent ? text + "%" : text;
}

/// A piece of the curve as the legend shows it.
std::string sample(const ChartCurve& curve, const Look& look, double x, double y) {
  if (curve.is_marks) return mark(x + 11, y, 4, look.series, look.kind);
  const std::string band = curve.band.empty() ? "" : rectangle(x, y - 5, 22, 10, "band " + look.kind);
  return band + line(x, y, x + 22, y, "curve " + look.kind);
}

}  // namespace

ChartAxis usable(ChartAxis axis) {
  constexpr double MOST = 1e15;  // beyond it ticks are no numbers that a person reads
  if (!(std::abs(axis.low) <= MOST)) axis.low = 0;
  const double least = 1e-12 * std::max(1.0, std::abs(axis.low));
  if (!(std::abs(axis.high) <= MOST) || axis.high - axis.low <= least) axis.high = axis.low + 1;
  return axis;
}

std::vector<Tick> ticks(const ChartAxis& axis, int most) {
  const double rough = (axis.high - axis.low) / most;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * (1 - 1e-9)) {
      step = factor * power;
      break;
    }
  }
  std::vector<Tick> result;
  const double first = std::ceil(axis.low / step - 1e-9);
  for (double k = first; k * step <= axis.high + 1e-9 * step; ++k)
    result.push_back({k * step, tick_text(k * step, step, axis.is_percent)});
  return result;
}

std::string frame_picture(const Plot& plot) {
  std::string grid, words;
  for (const Tick& tick : ticks(plot.x, 5)) {
    const double x = plot.place_x(tick.value);
    grid += line(x, plot.top, x, plot.bottom(), "grid");
  }
  for (const Tick& tick : ticks(plot.y, plot.height < 100 ? 2 : 5)) {
    const double y = plot.place_y(tick.value);
    grid += line(plot.left, y, plot.right(), y, "grid");
    words += label(plot.left - 6, y + 3.5, "soft end", tick.text);
  }
  const std::string title = shortened(plot.y.title, plot.height + plot.top, 11);
  return grid + rectangle(plot.left, plot.top, plot.width, plot.height, "frame") + words +
         upright_label(11, plot.top + plot.height / 2, "", html::escape(title));
}

std::string x_axis_picture(const Plot& plot) {
  std::string words;
  for (const Tick& tick : ticks(plot.x, 5))
    words += label(plot.place_x(tick.value), plot.bottom() + 15, "soft middle", tick.text);
  const std::string title = shortened(plot.x.title, plot.width, 11);
  return words + label(plot.left + plot.width / 2, plot.bottom() + 31, "middle", html::escape(title));
}

std::string curves_picture(const Plot& plot, const std::vector<ChartCurve>& curves) {
  const std::vector<Look> looks = looks_of(curves);
  std::string bands, lines, marks;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const ChartCurve& curve = curves[i];
    if (curve.is_marks) {
      marks += marks_picture(plot, curve, looks[i]);
      continue;
    }
    const std::string area = band_path(plot, curve.band);
    const std::string way = curve_path(plot, curve.points, curve.is_step);
    if (!area.empty())
      bands += "<path " + attributes({{"class", "band " + looks[i].kind}, {"d", area}}) + "/>";
    if (!way.empty())
      lines += "<path " + attributes({{"class", "curve " + looks[i].kind}, {"d", way}}) + "/>";
  }
  return bands + lines + marks;
}

std::string vertical_mark(const Plot& plot, double value, const std::string& name) {
  if (!is_inside(plot, value, plot.y.low)) return {};
  const double x = plot.place_x(value);
  const bool is_right = x > plot.left + 0.6 * plot.width;
  const std::string words =
      name.empty() ? ""
                   : fitted_label(x + (is_right ? -4 : 4), plot.top + 12,
                                  is_right ? "soft halo end" : "soft halo", name, 0.6 * plot.width);
  return line(x, plot.top, x, plot.bottom(), "threshold") + words;
}

Legend legend(const std::vector<ChartCurve>& curves, double left, double top, double width) {
  constexpr double SAMPLE = 30, ROW = 16;
  const std::vector<Look> looks = looks_of(curves);
  std::vector<std::size_t> named;
  double widest = 0;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    if (curves[i].name.empty()) continue;
    named.push_back(i);
    widest = std::max(widest, text_width(curves[i].name));
  }
  const std::size_t n_columns = named.size() > 1 && widest + SAMPLE + 10 < width / 2 ? 2 : 1;
  const double column_width = width / static_cast<double>(n_columns);
  const std::size_t n_rows = (named.size() + n_columns - 1) / n_columns;
  Legend result;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const double x = left + column_width * static_cast<double>(i / std::max<std::size_t>(1, n_rows));
    const double y = top + ROW * (static_cast<double>(i % n_rows) + 0.5);
    result.svg += sample(curves[named[i]], looks[named[i]], x, y) +
                  fitted_label(x + SAMPLE, y + 3.6, "", curves[named[i]].name, column_width - SAMPLE, 11);
  }
  result.height = ROW * static_cast<double>(n_rows);
  return result;
}

}  // namespace radbatch
