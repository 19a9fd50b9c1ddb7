// Curves over two axes: ROC, precision-recall, reliability, net benefit, workload, drift over time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace radbatch {

struct ChartPoint {
  double x = 0, y = 0;
};

struct ChartBand {
  double x = 0, low = 0, high = 0;
};

/// Curves are told apart by dash pattern as well as by colour, marks by form, in the order in which they are
/// given. What lies outside the axes is cut off; points that are not finite interrupt a curve.
struct ChartCurve {
  std::string name = {};  ///< in the legend; plain text; empty: not in the legend
  std::vector<ChartPoint> points = {};
  bool is_step = false;                  ///< horizontal, then vertical
  bool is_marks = false;                 ///< points only, no line
  bool is_reference = false;             ///< chance, ideal, treat-all: thin and grey
  std::vector<ChartBand> band = {};      ///< an interval around it, pointwise; with is_marks: a bar at each x
  std::vector<double> weights = {};      ///< with is_marks: areas of the marks, largest 1; empty: all alike
  std::optional<std::size_t> like = {};  ///< takes the colour and form of that curve: its operating point
};

struct ChartAxis {
  std::string title;
  double low = 0, high = 1;
  bool is_percent = false;  ///< values are shares, written as percentages
};

struct LineChart {
  std::string title;        ///< for screen readers
  std::string description;  ///< for screen readers: what the curves do, in words
  ChartAxis x, y;
  std::vector<ChartCurve> curves;
  std::optional<double> mark_x;  ///< a vertical line: a threshold
  bool is_square = true;
  std::string mark_name = {};  ///< stands beside the vertical line; empty: nothing does
};

std::string line_chart(const LineChart& chart);

}  // namespace radbatch
