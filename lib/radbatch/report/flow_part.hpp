// The part "Flow of cases": the STARD diagram and its numbers.
#pragma once

#include "radbatch/report/part.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

/// `run` is the folder of the model that is judged. Empty without cases.
ReportPart flow_part(const PartContext& context, const RunData& run);

}  // namespace radbatch
