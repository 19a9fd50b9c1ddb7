// What happens when: rows of segments over time, the truth above the prediction.
#pragma once

#include <string>
#include <vector>

namespace radbatch {

struct TimelineSegment {
  double start_s = 0, end_s = 0;
  std::size_t label = 0;  ///< position in TimelineChart::labels
};

struct TimelineRow {
  std::string name;  ///< "labels", "predicted"; plain text
  std::vector<TimelineSegment> segments;
};

/// Labels are told apart by colour, by lane (each has a height of its own within the row) and by number,
/// which stands in segments that are long enough and in the legend.
struct TimelineChart {
  std::string title;                ///< for screen readers
  std::string description;          ///< for screen readers
  double end_s = 0;                 ///< length of the clip
  std::vector<std::string> labels;  ///< plain text
  std::vector<TimelineRow> rows;
};

std::string timeline_chart(const TimelineChart& chart);

/// 3725 -> "1:02:05"
std::string clock_text(double seconds);

}  // namespace radbatch
