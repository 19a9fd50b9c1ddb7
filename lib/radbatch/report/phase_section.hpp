// Phases of videos: scores per video, their means, the confusion of phases, truth above prediction over time.
#pragma once

#include "radbatch/report/frame_labels.hpp"
#include "radbatch/report/judged_videos.hpp"
#include "radbatch/report/part.hpp"

namespace radbatch {

/// For a model that names one finding per frame. Adds to `part` the numbers of its frames and, where the run
/// has segments.csv, of its segments. Returns how many frames were judged.
std::size_t add_phases(ReportPart& part, const PartContext& context, const RunData& run,
                       const FrameLabels& labels, const JudgedVideos& videos, double relaxed_s);

}  // namespace radbatch
