// The scores of both sides as cumulative curves: where a shift lies, not only how large it is.
#pragma once

#include <vector>

#include "radbatch/report/drift_shift.hpp"
#include "radbatch/report/part.hpp"

namespace radbatch {

/// Of the findings with the largest stability index, at most four.
void add_score_curves(ReportPart& part, const PartContext& context, const DriftColumns& before,
                      const DriftColumns& now, const std::vector<ScoreShift>& shifts);

}  // namespace radbatch
