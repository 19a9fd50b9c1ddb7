// --estimate: what a run would take, on standard output, instead of the run.
#pragma once

#include <functional>
#include <memory>

#include "radbatch/batch/run_options.hpp"
#include "radbatch/batch/tool.hpp"
#include "radbatch/cli/command_line.hpp"
#include "radbatch/cli/terminal.hpp"

namespace radbatch {

struct EstimateOptions {
  std::size_t sample = 0;  ///< cases; 0: not asked for
};

void declare_estimate_option(CommandLine& line, EstimateOptions& options);
/// Prints the estimate, as JSON with --json, and returns the exit status.
int show_estimate(const EstimateOptions& options, const RunOptions& run,
                  const std::function<std::unique_ptr<Tool>(const RunOptions&)>& make_tool, bool as_json,
                  Terminal& terminal);

}  // namespace radbatch
