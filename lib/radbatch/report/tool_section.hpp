// Findings in frames where several may be seen at once: tools, bleeding, polyps.
#pragma once

#include "radbatch/report/frame_labels.hpp"
#include "radbatch/report/judged_videos.hpp"
#include "radbatch/report/part.hpp"

namespace radbatch {

/// For a multi-label or binary model: AUROC and average precision over all frames, with videos as clusters,
/// and as means over videos; their mean over findings (Cholec80's mAP); sensitivity and specificity of frames
/// at the model's thresholds. Returns how many labelled frame and finding pairs were judged.
std::size_t add_tools(ReportPart& part, const PartContext& context, const RunData& run,
                      const FrameLabels& labels, const JudgedVideos& videos);

}  // namespace radbatch
