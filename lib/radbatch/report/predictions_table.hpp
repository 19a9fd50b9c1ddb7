// Scores that were made elsewhere: a table with a case in every row and a finding in every column.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "radbatch/report/run_data.hpp"

namespace radbatch {

struct PredictionNames {
  std::string id_column;                ///< empty: case_id, id, image, study, ...
  std::span<const Finding> findings;    ///< of the run that is compared with; empty without one
  std::span<const std::string> labels;  ///< columns and values of the label table
};

/// CSV, TSV or semicolons. Scores are the columns p_<finding>, prob_<finding>, score_<finding>; where there
/// are none, the columns named like a finding of the run or a name of the label table. d_<finding> holds
/// decisions, `top` the called finding; with a column `model` every model becomes a run. Other columns are
/// carried. Reads record by record into columns; every case is done. Throws Error(ExitCode::usage) that names
/// line and column.
std::vector<RunData> read_predictions_table(const std::filesystem::path& file, const PredictionNames& names);

}  // namespace radbatch
