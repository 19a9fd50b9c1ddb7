#include "radbatch/report/line_chart.hpp"

#include "radbatch/report/plot.hpp"
#include "radbatch/report/svg.hpp"

namespace radbatch {

std::string line_chart(const LineChart& chart) {
  Plot plot;
  plot.x = usable(chart.x);
  plot.y = usable(chart.y);
  if (!chart.is_square) plot.height = 200;
  const Legend below = legend(chart.curves, plot.left, plot.bottom() + 42, plot.width);
  const std::string mark = chart.mark_x ? vertical_mark(plot, *chart.mark_x, chart.mark_name) : "";
  return svg::picture(
      svg::NARROW, plot.bottom() + (below.height > 0 ? 44 : 37) + below.height, "line", chart.title,
      chart.description,
      frame_picture(plot) + x_axis_picture(plot) + curves_picture(plot, chart.curves) + mark + below.svg);
}

}  // namespace radbatch
