// A plotting area: values into places, axes with ticks, curves cut to the frame, the legend below.
#pragma once

#include <string>
#include <vector>

#include "radbatch/report/line_chart.hpp"

namespace radbatch {

/// Where a chart draws: the frame in units of the picture and the axes' values at its edges.
struct Plot {
  double left = 46, top = 10, width = 298, height = 298;
  ChartAxis x, y;

  double place_x(double value) const { return left + width * (value - x.low) / (x.high - x.low); }
  double place_y(double value) const { return top + height * (y.high - value) / (y.high - y.low); }
  double bottom() const { return top + height; }
  double right() const { return left + width; }
};

/// An axis that can be drawn: finite, and longer than nothing.
ChartAxis usable(ChartAxis axis);

struct Tick {
  double value = 0;
  std::string text;
};
/// At multiples of 1, 2 or 5 times a power of ten inside the axis, at most about `most`.
std::vector<Tick> ticks(const ChartAxis& axis, int most);

/// Grid and frame, and the words of the y axis.
std::string frame_picture(const Plot& plot);
/// Ticks and title below the frame.
std::string x_axis_picture(const Plot& plot);
/// Bands, lines and marks.
std::string curves_picture(const Plot& plot, const std::vector<ChartCurve>& curves);
/// A vertical line at a value of x with its name; empty when the value is outside.
std::string vertical_mark(const Plot& plot, double value, const std::string& name);

struct Legend {
  std::string svg;
  double height = 0;
};
/// The named curves, from `top` down.
Legend legend(const std::vector<ChartCurve>& curves, double left, double top, double width);

}  // namespace radbatch
