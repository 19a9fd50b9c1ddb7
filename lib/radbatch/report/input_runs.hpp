// The runs and tables of predictions that a report compares, as answers about the same units.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "radbatch/report/analysis_data.hpp"

namespace radbatch {

/// Positions of units among the cases of a run or the rows of a table; NO_CASE where a unit is not there.
using Places = std::vector<std::uint32_t>;

struct RunSources {
  const std::vector<std::filesystem::path>& run_folders;
  const std::vector<std::filesystem::path>& predictions;
  const std::string& id_column;
};

/// Names by which a table of predictions may call its findings: the values of a column `label`, else all
/// columns.
std::vector<std::string> names_in_labels(const std::string& text, const std::string& what);

/// Folders first. Throws Error(ExitCode::no_input) when there are none, Error(ExitCode::usage) when one is
/// about other findings or other cases than the first: parts of a cohort, that have to be merged.
std::vector<RunData> load_runs(const RunSources& sources, const std::vector<std::string>& label_names);

/// The models' names, told apart by their folders where two are the same.
std::vector<std::string> rater_names(const std::vector<RunData>& runs);

/// The run's scores and decisions about `findings` at these places. Where it has no decisions but a
/// threshold, score >= threshold decides.
Rater rater_of(const RunData& run, const std::string& name, const std::vector<Finding>& findings,
               const Places& places);

}  // namespace radbatch
