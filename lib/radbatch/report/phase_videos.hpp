// The labelled frames of every video, one video in memory at a time.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "radbatch/report/judged_videos.hpp"
#include "radbatch/report/video_scores.hpp"

namespace radbatch {

/// Where segments.csv says that each finding is: case id -> [finding] stretches. Empty where there is no such
/// table.
std::map<std::string, LabelTrack, std::less<>> read_segments(const RunData& run);

/// Calls `take` for each judged video with the model's highest score of each frame as the prediction, and
/// with the finding of segments.csv as `by_segment` where the run has that table (else empty).
void for_each_phase_video(const RunData& run, const FrameLabels& labels, const JudgedVideos& videos,
                          const std::function<void(const LabelledFrames& frames,
                                                   const std::vector<std::int32_t>& by_segment)>& take);

}  // namespace radbatch
