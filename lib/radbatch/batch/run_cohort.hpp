// A whole run of a tool over a cohort: find cases, skip what is committed, feed the workers, commit, make
// tables.
#pragma once

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/run_options.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

/// Returns the exit status of contracts: 0, 8, 9, 10, 128+n. Throws Error for what ends a run otherwise (2,
/// 3, 4, 5, 7). Signals must be caught before (catch_signals).
int run_cohort(Tool& tool, const RunOptions& options, Reporter& reporter);

}  // namespace radbatch
