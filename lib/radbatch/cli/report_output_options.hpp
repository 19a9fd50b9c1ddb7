// The options of report that say where it goes, in which words and how exact, and what table 1 holds.
#pragma once

#include "radbatch/cli/command_line.hpp"
#include "radbatch/report/output_options.hpp"
#include "radbatch/report/table1.hpp"

namespace radbatch {

void declare_report_output_options(CommandLine& line, OutputOptions& options);
void declare_table1_options(CommandLine& line, Table1Options& options);

}  // namespace radbatch
