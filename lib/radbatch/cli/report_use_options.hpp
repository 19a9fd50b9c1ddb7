// The options of radbatch-report for decision curves and predictive values.
#pragma once

#include "radbatch/cli/command_line.hpp"
#include "radbatch/report/use_part.hpp"

namespace radbatch {

void declare_use_options(CommandLine& line, UseOptions& options);

}  // namespace radbatch
