#include "radbatch/report/timeline_chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <set>

#include "radbatch/report/html.hpp"
#include "radbatch/report/svg.hpp"

namespace radbatch {
namespace {

using namespace svg;

constexpr double WIDTH = 560, TOP = 4, GAP = 8, KEY_ROW = 16, SEGMENT = 13;

struct Layout {
  double left = 0, width = 0, row_height = 0;
  double end_s = 1;
  std::vector<std::size_t> lane;  ///< [label]

  double place(double seconds) const { return left + width * std::clamp(seconds / end_s, 0.0, 1.0); }
};

/// Labels that occur have lanes; few lanes, so that rows stay low.
Layout layout_of(const TimelineChart& chart) {
  Layout layout;
  double names = 20;
  for (const TimelineRow& row : chart.rows) names = std::max(names, text_width(row.name));
  layout.left = std::min(names, 120.0) + 8;
  layout.width = WIDTH - layout.left - 8;
  layout.end_s = chart.end_s > 0 && std::isfinite(chart.end_s) ? chart.end_s : 1;
  const std::size_t n_lanes = std::clamp<std::size_t>(chart.labels.size(), 1, 4);
  for (std::size_t i = 0; i < chart.labels.size(); ++i) layout.lane.push_back(i % n_lanes);
  layout.row_height = SEGMENT + 4.0 * static_cast<double>(n_lanes - 1) + 4;
  return layout;
}

/// The label's number on a segment that begins at `top`.
std::string number_on(std::size_t index, double x, double top) {
  return label(x, top + 9.8, "tiny middle on-" + series_class(index), std::to_string(index + 1));
}

std::string segment_picture(const TimelineSegment& segment, const Layout& layout, const TimelineChart& chart,
                            double y) {
  if (segment.label >= chart.labels.size() || !(segment.end_s >= segment.start_s)) return {};
  const double from = layout.place(segment.start_s), to = layout.place(segment.end_s);
  const double top = y + 2 + 4 * static_cast<double>(layout.lane[segment.label]);
  const std::string told = html::element("title", "",
                                         html::escape(chart.labels[segment.label]) + " " +
                                             clock_text(segment.start_s) + "–" + clock_text(segment.end_s));
  // A segment of one frame stays visible.
  std::string out = html::element("rect",
                                  attributes({{"class", "segment " + series_class(segment.label)},
                                              {"x", number(from)},
                                              {"y", number(top)},
                                              {"width", number(std::max(0.8, to - from))},
                                              {"height", number(SEGMENT)}}),
                                  told);
  if (to - from > text_width(std::to_string(segment.label + 1)) + 5)
    out += number_on(segment.label, (from + to) / 2, top);
  return out;
}

std::string row_picture(const TimelineRow& row, const TimelineChart& chart, const Layout& layout, double y) {
  std::string out = rectangle(layout.left, y, layout.width, layout.row_height, "frame") +
                    fitted_label(layout.left - 6, y + layout.row_height / 2 + 3.5, "soft end", row.name, 120);
  for (const TimelineSegment& segment : row.segments) out += segment_picture(segment, layout, chart, y);
  return out;
}

/// Labels that occur, with their numbers.
std::vector<std::size_t> shown_labels(const TimelineChart& chart) {
  std::set<std::size_t> shown;
  for (const TimelineRow& row : chart.rows)
    for (const TimelineSegment& segment : row.segments)
      if (segment.label < chart.labels.size()) shown.insert(segment.label);
  return {shown.begin(), shown.end()};
}

struct Key {
  std::string svg;
  double height = 0;
};

/// A sample with its number and the label's name, in as many columns as fit.
Key key_picture(const TimelineChart& chart, double top) {
  const std::vector<std::size_t> shown = shown_labels(chart);
  double widest = 40;
  for (const std::size_t i : shown) widest = std::max(widest, text_width(chart.labels[i], 11));
  const auto n_columns = static_cast<std::size_t>(std::clamp((WIDTH - 10) / (widest + 52), 1.0, 4.0));
  const double column_width = (WIDTH - 10) / static_cast<double>(n_columns);
  Key key;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const double x = 8 + column_width * static_cast<double>(i % n_columns);
    const double y = top + KEY_ROW * static_cast<double>(i / n_columns);
    key.svg += rectangle(x, y, 20, SEGMENT, "segment " + series_class(shown[i])) +
               number_on(shown[i], x + 10, y) +
               fitted_label(x + 26, y + 10.5, "", chart.labels[shown[i]], column_width - 34, 11);
  }
  key.height = KEY_ROW * static_cast<double>((shown.size() + n_columns - 1) / n_columns);
  return key;
}

}  // namespace

std::string clock_text(double seconds) {
  const auto whole = static_cast<long>(std::clamp(std::isfinite(seconds) ? seconds : 0.0, 0.0, 1e9) + 0.5);
  std::array<char, 32> text{};
  if (whole >= 3600) {
    std::snprintf(text.data(), text.size(), "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(text.data(), text.size(), "%ld:%02ld", whole / 60, whole % 60);
  }
  return text.data();
}

std::string timeline_chart(const TimelineChart& chart) {
  const Layout layout = layout_of(chart);
  std::string inner;
  double y = TOP;
  for (const TimelineRow& row : chart.rows) {
    inner += row_picture(row, chart, layout, y);
    y += layout.row_height + GAP;
  }
  for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const std::string anchor = share == 0 ? "soft" : share == 1 ? "soft end" : "soft middle";
    inner += label(layout.left + layout.width * share, y + 6, anchor, clock_text(layout.end_s * share));
  }
  const Key key = key_picture(chart, y + 18);
  return picture(WIDTH, y + 22 + key.height, "timeline", chart.title, chart.description, inner + key.svg);
}

}  // namespace radbatch
