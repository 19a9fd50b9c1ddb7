// A run as its folder remembers it: for merge and why, which have neither the command line nor the bundle.
#pragma once

#include <memory>
#include <vector>

#include "radbatch/batch/cohort_source.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

struct RestoredRun {
  std::unique_ptr<Tool> tool;
  FoundCohort found;               ///< its cases are in `taken`, as far as the run took them
  std::vector<Case> taken;         ///< the run's cases, sorted by id
  std::size_t files_in_cases = 0;  ///< of all cases that were found
  Outcomes outcomes;               ///< committed ones
  std::vector<Json> sittings;
};

/// The options of a run that say how its files became cases. Throws Error(ExitCode::usage) when `folder`
/// holds none.
RunOptions restored_options(const RunFolder& folder);
/// The rules by which a run chose images; none for a scan. Throws Error(ExitCode::usage).
std::vector<SelectionRule> restored_rules(const RunFolder& folder);
/// Throws Error(ExitCode::usage) when `folder` holds no run.
RestoredRun restore_run(const RunFolder& folder);

}  // namespace radbatch
