// The options of report that say what is read: runs, predictions, labels, and how they belong together.
#pragma once

#include "radbatch/cli/command_line.hpp"
#include "radbatch/report/inputs.hpp"

namespace radbatch {

/// The run folders are the tool's arguments and not among these.
void declare_report_input_options(CommandLine& line, InputOptions& options);

}  // namespace radbatch
