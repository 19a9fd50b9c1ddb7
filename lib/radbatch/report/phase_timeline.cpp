#include "radbatch/report/phase_timeline.hpp"

#include "radbatch/report/html.hpp"
#include "radbatch/report/timeline_chart.hpp"

namespace radbatch {
namespace {

constexpr std::size_t MOST_TIMELINES = 12;

/// Stretches of a label, each up to the first frame of the next; frames without one, and frames that are not
/// labelled, leave a gap.
std::vector<TimelineSegment> segments_of(const LabelledFrames& frames,
                                         const std::vector<std::int32_t>& labels) {
  std::vector<TimelineSegment> segments;
  for (std::size_t begin = 0; begin < labels.size();) {
    std::size_t end = begin + 1;
    auto follows = [&](std::size_t i) { return frames.place[i] == frames.place[i - 1] + 1; };
    while (end < labels.size() && labels[end] == labels[begin] && follows(end)) ++end;
    const bool touches = end < labels.size() && follows(end);
    const double end_s = frames.seconds[touches ? end : end - 1];
    if (labels[begin] >= 0)
      segments.push_back({frames.seconds[begin], end_s, static_cast<std::size_t>(labels[begin])});
    begin = end;
  }
  return segments;
}

Json segments_json(const std::vector<TimelineSegment>& segments, const RunData& run) {
  Json json = Json::array();
  for (const TimelineSegment& segment : segments)
    json.push_back({segment.start_s, segment.end_s, run.findings[segment.label].name});
  return json;
}

}  // namespace

void PhaseTimelines::add(const LabelledFrames& frames) {
  if (++n_videos_ > MOST_TIMELINES) return;
  TimelineChart chart;
  chart.title = "Phases over time, " + frames.case_id;
  chart.description = "Upper row: the labels; lower row: the model's highest score of each frame.";
  chart.end_s = frames.end_s;
  for (const Finding& finding : run_.findings) chart.labels.push_back(finding.name);
  chart.rows = {{context_.lang("Labels"), segments_of(frames, frames.truth)},
                {context_.lang("Predicted"), segments_of(frames, frames.predicted)}};
  segments_.push_back({{"case_id", frames.case_id},
                       {"labels", segments_json(chart.rows[0].segments, run_)},
                       {"predicted", segments_json(chart.rows[1].segments, run_)}});
  figures_.push_back({"phases-" + std::to_string(n_videos_), frames.case_id,
                      html::grouped(frames.truth.size()) + " labelled frames.", timeline_chart(chart)});
}

void PhaseTimelines::finish(ReportPart& part) {
  if (figures_.empty()) return;
  part.html += html::element("h3", "", html::escape(context_.lang("Phases over time")));
  for (const Figure& figure : figures_) part.html += html_figure(figure);
  if (n_videos_ > figures_.size())
    part.html += html::element("p", "class=\"note\"",
                               "The first " + std::to_string(figures_.size()) + " of " +
                                   html::grouped(n_videos_) + " videos are drawn.");
  part.numbers["timelines"] = {{"n_drawn", figures_.size()}, {"n_videos", n_videos_}, {"videos", segments_}};
  part.figures.insert(part.figures.end(), figures_.begin(), figures_.end());
}

}  // namespace radbatch
