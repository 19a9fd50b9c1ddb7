// Columns about the cases of a run from its other tables: studies.csv, series.csv, private/linkage.csv.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/report/run_data.hpp"

namespace radbatch {

/// [case] the values of a column of that table of the run folder, the first where a case has several rows;
/// nothing when there is no such table or column.
std::optional<std::vector<std::string>> case_column(const RunData& run, const std::string& table,
                                                    std::string_view column);

/// [case] a DICOM attribute or any other column that tells cases apart: of private/linkage.csv, studies.csv
/// or what the predictions carry; empty for "case_id". Throws Error(ExitCode::usage) that lists the known
/// ones.
std::vector<std::string> case_attribute(const RunData& run, const std::string& attribute);

/// What subgroups are made of: carried columns, then sex, age, scanner and the like of the run's tables, as
/// far as any case has them.
std::vector<Covariate> case_covariates(const RunData& run);

}  // namespace radbatch
