#include "radbatch/report/reliability_chart.hpp"

#include <algorithm>

#include "radbatch/report/html.hpp"
#include "radbatch/report/plot.hpp"
#include "radbatch/report/svg.hpp"

namespace radbatch {
namespace {

using namespace svg;

constexpr double STRIP_HEIGHT = 76, STRIP_GAP = 8;

std::size_t total(const Histogram& shape) {
  std::size_t sum = 0;
  for (const std::size_t n : shape.counts) sum += n;
  return sum;
}

std::size_t highest(const Histogram& shape) {
  return shape.counts.empty() ? 0 : *std::ranges::max_element(shape.counts);
}

/// Bars from `base` up (direction -1) or down (1), as high as `scale` units per case.
std::string bars(const Plot& plot, const Histogram& shape, double base, double direction, double scale,
                 const std::string& kind) {
  std::string out;
  const double step =
      (shape.high - shape.low) / static_cast<double>(std::max<std::size_t>(1, shape.counts.size()));
  for (std::size_t bin = 0; bin < shape.counts.size(); ++bin) {
    if (shape.counts[bin] == 0) continue;
    const double low = shape.low + step * static_cast<double>(bin);
    const double from = std::clamp(plot.place_x(low), plot.left, plot.right());
    const double to = std::clamp(plot.place_x(low + step), plot.left, plot.right());
    // A single case stays visible beside a bin of thousands.
    const double height = std::max(1.2, scale * static_cast<double>(shape.counts[bin]));
    if (to - from > 0.2)
      out += rectangle(from + 0.4, direction < 0 ? base - height : base, std::max(0.4, to - from - 0.8),
                       height, kind);
  }
  return out;
}

/// One half of the strip with its number of cases; each half has its own scale, as the finding is often rare.
std::string half_picture(const Plot& plot, const Histogram& shape, const std::string& name, double base,
                         double direction, double height, const std::string& kind) {
  const std::size_t most = highest(shape);
  const double scale = (height - 3) / static_cast<double>(std::max<std::size_t>(1, most));
  const std::string words =
      name + " (n\u00A0=\u00A0" + html::grouped(total(shape)) + ", max\u00A0" + html::grouped(most) + ")";
  return bars(plot, shape, base, direction, scale, kind) +
         fitted_label(plot.right() - 4, direction < 0 ? plot.top + 12 : plot.bottom() - 5, "soft halo end",
                      words, plot.width - 8);
}

std::string strip_picture(const Plot& plot, const ScoreHistogram& scores) {
  const double height = scores.down ? plot.height / 2 : plot.height;
  const double base = plot.top + height;
  std::string out = rectangle(plot.left, plot.top, plot.width, plot.height, "frame") +
                    half_picture(plot, scores.up, scores.up_name, base, -1, height, "score");
  if (scores.down) out += half_picture(plot, *scores.down, scores.down_name, base, 1, height, "rest");
  return out + line(plot.left, base, plot.right(), base, "axis");
}

}  // namespace

std::string reliability_chart(const LineChart& curves, const ScoreHistogram& scores) {
  Plot upper;
  upper.x = usable(curves.x);
  upper.y = usable(curves.y);
  Plot strip = upper;
  strip.top = upper.bottom() + STRIP_GAP;
  strip.height = STRIP_HEIGHT;
  const Legend below = legend(curves.curves, strip.left, strip.bottom() + 42, strip.width);
  std::string inner = frame_picture(upper) + curves_picture(upper, curves.curves);
  if (curves.mark_x) {
    inner +=
        vertical_mark(upper, *curves.mark_x, curves.mark_name) + vertical_mark(strip, *curves.mark_x, "");
  }
  return picture(NARROW, strip.bottom() + 44 + below.height, "reliability", curves.title, curves.description,
                 inner + strip_picture(strip, scores) + x_axis_picture(strip) + below.svg);
}

}  // namespace radbatch
