// The options of report that say where scores become decisions.
#pragma once

#include "radbatch/cli/command_line.hpp"
#include "radbatch/report/discrimination.hpp"

namespace radbatch {

void declare_threshold_options(CommandLine& line, ThresholdOptions& options);

}  // namespace radbatch
