// Predictions in the tables that ClinicaDL writes, so that scripts made for them read ours.
#pragma once

#include <filesystem>

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/export_ledger.hpp"
#include "radbatch/batch/exported_run.hpp"

namespace radbatch {

inline constexpr const char* CLINICADL = "clinicadl";

/// Below `to`/clinicadl, for each multi-class or ordinal head, and each finding of the others,
/// <name>_image_level_prediction.tsv with the columns of `clinicadl predict`: participant_id, session_id,
/// image_id, true_label, predicted_label, proba0 ... (a regression: without them). Labels are numbers;
/// <name>_label_code.json says which. predicted_label is the decision at the model's threshold, at 0.5 where
/// it declares none. A case without a session is of ses-M000, as Clinica calls the only one.
///
/// `labels`, if not empty, is a table with case_id and, for a head of classes, a column `label` or named like
/// the head, with names, slugs or numbers of classes; for a finding a column named like it, of 0 and 1.
/// Cases of it that the run does not have are warned of. Throws Error(ExitCode::usage) for a label that is
/// none, a table about none of the run's cases or findings, Error(ExitCode::output).
void export_clinicadl(const ExportedRun& run, const std::filesystem::path& to,
                      const std::filesystem::path& labels, ExportLedger& ledger, Reporter& reporter);

}  // namespace radbatch
