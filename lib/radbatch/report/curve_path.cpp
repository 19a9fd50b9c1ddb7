#include "radbatch/report/curve_path.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "radbatch/report/svg.hpp"

namespace radbatch {
namespace {

constexpr double TOLERANCE = 0.1;

using Line = std::vector<ChartPoint>;

double distance_to(const ChartPoint& p, const ChartPoint& a, const ChartPoint& b) {
  const double dx = b.x - a.x, dy = b.y - a.y;
  const double length = std::hypot(dx, dy);
  if (length == 0) return std::hypot(p.x - a.x, p.y - a.y);
  const double along = std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / (length * length), 0.0, 1.0);
  return std::hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
}

/// The part of the segment inside the axes, after Liang and Barsky, ACM Trans Graph 3 (1984) 1-22.
std::optional<std::pair<ChartPoint, ChartPoint>> inside(const Plot& plot, const ChartPoint& a,
                                                        const ChartPoint& b) {
  double from = 0, to = 1;
  const double dx = b.x - a.x, dy = b.y - a.y;
  auto cut = [&](double towards, double room) {
    if (towards == 0) return room >= 0;
    const double at = room / towards;
    if (towards < 0)
      from = std::max(from, at);
    else
      to = std::min(to, at);
    return from <= to;
  };
  if (!cut(-dx, a.x - plot.x.low) || !cut(dx, plot.x.high - a.x) || !cut(-dy, a.y - plot.y.low) ||
      !cut(dy, plot.y.high - a.y))
    return std::nullopt;
  return std::pair{ChartPoint{a.x + from * dx, a.y + from * dy}, ChartPoint{a.x + to * dx, a.y + to * dy}};
}

ChartPoint placed(const Plot& plot, const ChartPoint& p) {
  return {plot.place_x(p.x), plot.place_y(p.y)};
}

bool is_near(const ChartPoint& a, const ChartPoint& b) {
  return std::abs(a.x - b.x) < 0.05 && std::abs(a.y - b.y) < 0.05;
}

/// The pieces of the curve inside the frame, in units of the picture.
std::vector<Line> pieces(const Plot& plot, const Line& points) {
  std::vector<Line> result;
  bool is_joined = false;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const ChartPoint &a = points[i - 1], &b = points[i];
    const bool is_finite =
        std::isfinite(a.x) && std::isfinite(a.y) && std::isfinite(b.x) && std::isfinite(b.y);
    const auto kept = is_finite ? inside(plot, a, b) : std::nullopt;
    if (!kept) {
      is_joined = false;
      continue;
    }
    const ChartPoint from = placed(plot, kept->first), to = placed(plot, kept->second);
    if (!is_joined || !is_near(result.back().back(), from)) result.push_back({from});
    if (!is_near(result.back().back(), to) || result.back().size() == 1) result.back().push_back(to);
    is_joined = true;
  }
  return result;
}

Line with_steps(const Line& points) {
  Line result;
  for (const ChartPoint& point : points) {
    if (!result.empty()) result.push_back({point.x, result.back().y});
    result.push_back(point);
  }
  return result;
}

std::string path_of(const Line& line) {
  std::string d;
  for (const ChartPoint& point : line)
    d += (d.empty() ? "M" : " ") + svg::number(point.x) + " " + svg::number(point.y);
  return d;
}

}  // namespace

std::vector<ChartPoint> simplified(const std::vector<ChartPoint>& line, double tolerance) {
  if (line.size() < 3) return line;
  std::vector<bool> keep(line.size());
  keep.front() = keep.back() = true;
  std::vector<std::pair<std::size_t, std::size_t>> open{{0, line.size() - 1}};
  while (!open.empty()) {
    const auto [first, last] = open.back();
    open.pop_back();
    double furthest = tolerance;
    std::size_t at = first;
    for (std::size_t i = first + 1; i < last; ++i) {
      const double away = distance_to(line[i], line[first], line[last]);
      if (away > furthest) furthest = away, at = i;
    }
    if (at == first) continue;
    keep[at] = true;
    open.push_back({first, at});
    open.push_back({at, last});
  }
  std::vector<ChartPoint> result;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (keep[i]) result.push_back(line[i]);
  return result;
}

std::string curve_path(const Plot& plot, const std::vector<ChartPoint>& points, bool is_step) {
  std::string d;
  for (const Line& piece : pieces(plot, is_step ? with_steps(points) : points))
    d += path_of(simplified(piece, TOLERANCE));
  return d;
}

std::string band_path(const Plot& plot, const std::vector<ChartBand>& band) {
  Line upper, lower;
  for (const ChartBand& at : band) {
    if (!std::isfinite(at.x) || !std::isfinite(at.low) || !std::isfinite(at.high)) continue;
    if (at.x < plot.x.low || at.x > plot.x.high) continue;
    upper.push_back(placed(plot, {at.x, std::clamp(at.high, plot.y.low, plot.y.high)}));
    lower.push_back(placed(plot, {at.x, std::clamp(at.low, plot.y.low, plot.y.high)}));
  }
  if (upper.size() < 2) return {};
  Line around = simplified(upper, TOLERANCE);
  std::ranges::reverse(lower);
  const Line back = simplified(lower, TOLERANCE);
  around.insert(around.end(), back.begin(), back.end());
  return path_of(around) + "Z";
}

}  // namespace radbatch
