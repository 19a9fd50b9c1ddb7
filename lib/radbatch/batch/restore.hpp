// A run as its folder remembers it: for merge and why, which have neither the command line nor the bundle.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "radbatch/batch/cohort_source.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

struct RestoredRun {
  std::unique_ptr<Tool> tool;
  FoundCohort found;
  std::vector<Case> taken;                      ///< the run's cases, sorted by id
  std::map<std::string, CaseOutcome> outcomes;  ///< committed ones
  std::vector<Json> sittings;
};

/// Throws Error(ExitCode::usage) when `folder` holds no run.
RestoredRun restore_run(const RunFolder& folder);

}  // namespace radbatch
