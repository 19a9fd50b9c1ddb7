// The check of reruns as a piece of the comparison.
#pragma once

#include <vector>

#include "radbatch/report/part.hpp"
#include "radbatch/report/rerun_check.hpp"

namespace radbatch {

void add_reruns(ReportPart& part, const PartContext& context, const std::vector<RerunCheck>& checks,
                double tolerance);

}  // namespace radbatch
