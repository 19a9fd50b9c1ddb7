// --estimate: runs a sample of the cohort in a folder that is thrown away, and says what the whole would
// take.
#pragma once

#include <functional>
#include <memory>

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/run_options.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

/// Reads the headers of all inputs, runs `sample` cases chosen by size, and gives what estimate() finds.
/// Nothing is written but to a temporary folder; options.out, where it is given, only says on which disk
/// results would lie. `make_tool` makes the tool for the run folder in its options. Throws Error as a run
/// would; Error(ExitCode::usage) for a stream, whose cases are not known beforehand.
Json estimate_cohort(const RunOptions& options, std::size_t sample,
                     const std::function<std::unique_ptr<Tool>(const RunOptions&)>& make_tool,
                     Reporter& reporter);

}  // namespace radbatch
