// Several finished runs over one cohort to one result: an ensemble of models that each have a preparation of
// their own, combined from what the runs committed, without a worker.
//
// The result is a run folder like any other. Findings are matched by their columns, cases by their ids; runs
// that differ in either are refused with the difference.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/run_folder.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

/// arithmetic: of the probabilities; logit: of their log odds, of a multi-class head the geometric mean
/// divided by the sum. Probabilities count as at least 1e-7 and at most 1 - 1e-7 there. Regressions are
/// averaged arithmetically.
enum class EnsembleMean { arithmetic, logit };

/// Which cases get a score: those that every run has, or those that any has.
enum class EnsembleRequire { all, any };

struct EnsembleOptions {
  std::vector<std::filesystem::path> runs;
  std::filesystem::path out;
  std::vector<double> weights;  ///< one per run; empty: equal
  EnsembleMean mean = EnsembleMean::arithmetic;
  EnsembleRequire require = EnsembleRequire::all;
  std::map<std::string, double> thresholds;  ///< by slug, over the first run's
  std::vector<std::string> command;          ///< argv, for private/commands.ndjson
};

/// Writes the ensemble's run folder and returns 0, or 8 when cases have no result. Throws
/// Error(ExitCode::usage): a folder holds no finished run of infer, cohorts or findings differ, options do
/// not fit.
int ensemble_runs(const EnsembleOptions& options, Reporter& reporter);

/// The tool of an ensemble's folder, for merge and why.
std::unique_ptr<Tool> restore_ensemble(const RunFolder& folder);

}  // namespace radbatch
