// What a report starts from: runs or tables of predictions, a table of labels, and which row of the one
// belongs to which case of the other.
//
// Nothing is joined by guessing. A key that would match after a repair is counted and shown, and used only
// when asked for; of keys only their form is shown ("8 digits"), as an accession number is a patient's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "radbatch/report/analysis_data.hpp"
#include "radbatch/report/label_matching.hpp"
#include "radbatch/report/label_table.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

/// How a patient's cases become one unit; `none` leaves the cases.
enum class PatientPooling { none, max, first, last, mean };

struct InputOptions {
  std::vector<std::filesystem::path> run_folders;  ///< the first is judged, the others are compared with it
  std::vector<std::filesystem::path> predictions;  ///< tables of any origin, after the run folders
  std::string id_column;                           ///< of the predictions; empty: found by its name
  std::optional<std::filesystem::path> labels;
  LabelOptions label;
  KeyOptions key;
  std::string where;    ///< which units are judged; empty: all
  std::string cluster;  ///< column that tells the patients apart; empty: patient_key or the like
  PatientPooling per_patient = PatientPooling::none;
  std::optional<PatientPooling> pool;  ///< how, where patients are counted; nothing: as per_patient says
  std::string fold_column;
  std::vector<std::string> readers;
  NotDonePolicy not_done = NotDonePolicy::exclude;
  bool allow_leak = false;
};

struct LoadedInputs {
  std::vector<RunData> runs;  ///< of folders and tables, in the order of AnalysisData::raters
  AnalysisData data;
  bool has_labels = false;
  LabelMatching matching;
  std::vector<std::string> label_keys;   ///< [label row]; for private/ only
  std::string label_file;                ///< without its folder
  std::string truth_text;                ///< "yes or no per finding, 14 columns of 14 findings"
  std::string patient_text;              ///< "column patient_id of labels.csv"; empty: nothing names patients
  std::vector<std::string> identifying;  ///< columns of the label table that are no covariates
  std::vector<std::string> warnings;
};

/// Throws Error(ExitCode::no_input) when there is nothing to read, Error(ExitCode::usage) that names file,
/// line and column, or both sides of a join that came to nothing.
LoadedInputs load_inputs(const InputOptions& options);

/// How labels met cases: counts by outcome, what stands in the way of the rest, which kind of truth was
/// found.
ReportPart labels_part(const PartContext& context, const LoadedInputs& inputs);

/// Writes label_join.csv beside `report`, and private/label_join_keys.csv in the run folder (beside the
/// report without one). Nothing without labels. Returns warnings: a run may lie where nothing can be written.
std::vector<std::string> write_label_join(const LoadedInputs& inputs, const std::filesystem::path& report);

/// One unit per patient, and one more where its test units and others are both there. Scores are pooled as
/// asked; a patient has a finding when one of the pooled cases has it, and is free of it when all that are
/// labelled are; `first` and `last` take one case by date, then by id. `days` is [unit], nothing: no date.
AnalysisData pool_patients(const AnalysisData& data, PatientPooling pooling,
                           const std::vector<std::optional<int>>& days);

}  // namespace radbatch
