// The options of radbatch-report that say how calibration is judged, and where one is fitted and written.
#pragma once

#include "radbatch/cli/command_line.hpp"
#include "radbatch/report/calibration_part.hpp"

namespace radbatch {

void declare_calibration_options(CommandLine& line, CalibrationOptions& options);

/// Throws Error(ExitCode::usage) where one option lacks another. After parsing.
void check_calibration_options(const CalibrationOptions& options);

}  // namespace radbatch
