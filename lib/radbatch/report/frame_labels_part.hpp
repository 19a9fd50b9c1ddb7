// Frames of videos against what people saw in them.
#pragma once

#include "radbatch/report/frame_labels.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

/// Phases of a model that names one finding per frame, or findings of one that may see several
/// (frame_labels.hpp for the tables). Reads frames.csv.gz video by video. Nothing without labels or frames.
/// With a condition
/// (--where) only test units are judged. Throws Error(ExitCode::usage) when no labelled case is in the run or
/// no labelled frame meets a scored one.
ReportPart frame_labels_part(const PartContext& context, const RunData& run,
                             const FrameLabelOptions& options);

}  // namespace radbatch
