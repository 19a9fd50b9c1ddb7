// frames.csv.gz and segments.csv: the level below a clip, made from the arrays of its case.
//
// Hours of frames of many cases are never in memory together: one case is loaded, a few thousand rows are
// packed at a time.
#pragma once

#include <vector>

#include "radbatch/batch/tool.hpp"
#include "radbatch/model/bundle.hpp"
#include "radbatch/store/data_package.hpp"

namespace radbatch {

/// Writes both for the cases that are done and have frames: frames.csv.gz with case_id, frame, t_s and a
/// column per finding, in the order of cases and frames; segments.csv where the bundle declares "segments".
/// Without such cases there are no such files. Removes what long cases kept of their unfinished selves
/// (case_part.hpp). Throws Error(ExitCode::output).
std::vector<TableFile> write_frame_tables(const Bundle& bundle, const RunRecord& run);

}  // namespace radbatch
