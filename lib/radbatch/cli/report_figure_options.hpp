// The options of report that say which figure files are written.
#pragma once

#include "radbatch/cli/command_line.hpp"
#include "radbatch/report/figure_files.hpp"

namespace radbatch {

void declare_report_figure_options(CommandLine& line, FigureOptions& options);

}  // namespace radbatch
