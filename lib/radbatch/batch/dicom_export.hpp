// Results as DICOM objects, one case at a time, through the image workers: only they read headers.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/export_ledger.hpp"
#include "radbatch/batch/exported_run.hpp"
#include "radbatch/batch/run_options.hpp"

namespace radbatch {

inline constexpr const char* DICOM_SR = "dicom-sr";
inline constexpr const char* DICOM_SC = "dicom-sc";

/// The content of the structured report of a case that is done; `files` as in ReportedStudy.
ReportedResult reported_result(const ExportedRun& run, const CaseOutcome& outcome,
                               std::vector<std::string> files);

/// Findings whose model declares no code, or none that DICOM can hold: their labels.
std::vector<std::string> findings_without_code(const Bundle& bundle);

/// Writes `to`/dicom-sr/<case_id>.dcm and `to`/dicom-sc/<case_id>_<what>.dcm for the cases that are done, as
/// `formats` asks. A file that has these bytes already is left alone. Cases whose images are not DICOM are
/// skipped; those whose files are gone or changed fail; the ledger says so. Files in archives
/// are unpacked for as long as it takes. Stops early at a stop signal.
/// Throws Error(ExitCode::output).
void export_dicom(ExportedRun& run, const std::vector<std::string>& formats, const std::filesystem::path& to,
                  const RunOptions& options, ExportLedger& ledger, Reporter& reporter);

}  // namespace radbatch
