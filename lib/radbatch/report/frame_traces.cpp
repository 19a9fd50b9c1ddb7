#include "radbatch/report/frame_traces.hpp"

#include <algorithm>

#include "radbatch/report/frame_rows.hpp"

namespace radbatch {
namespace {

void add(ClipTrace& clip, const FrameRow& row, std::size_t n_points) {
  const double share = clip.end_s > 0 ? *row.t_s / clip.end_s : 0;
  const auto at =
      std::min(static_cast<std::size_t>(std::max(share, 0.0) * static_cast<double>(n_points)), n_points - 1);
  for (std::size_t f = 0; f < row.scores.size(); ++f) {
    const auto value = static_cast<float>(row.scores[f]);
    TracePoint& point = clip.findings[f][at];
    point.low = std::min(point.low, value);
    point.high = std::max(point.high, value);
    point.sum += static_cast<double>(value);
    ++point.n;
  }
}

}  // namespace

ClipTraces read_clip_traces(const RunData& run, std::size_t most_clips, std::size_t n_points) {
  ClipTraces traces;
  if (!has_frames(run)) return traces;
  // Once for how long each clip is, once for what it holds.
  std::string before;
  for_each_frame(run, [&](const FrameRow& row) {
    if (!row.t_s) return;
    if (row.case_id != before && ++traces.n_clips <= most_clips)
      traces.clips.push_back(
          {std::string(row.case_id), 0, 0, {run.findings.size(), std::vector<TracePoint>(n_points)}});
    before = row.case_id;
    if (traces.n_clips > most_clips) return;
    traces.clips.back().end_s = std::max(traces.clips.back().end_s, *row.t_s);
    ++traces.clips.back().n_frames;
  });
  auto clip = traces.clips.begin();
  for_each_frame(run, [&](const FrameRow& row) {
    if (!row.t_s) return;
    while (clip != traces.clips.end() && clip->case_id != row.case_id) ++clip;
    if (clip != traces.clips.end()) add(*clip, row, n_points);
  });
  return traces;
}

}  // namespace radbatch
