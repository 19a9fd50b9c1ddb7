// `radbatch export`: the results of a run in the forms that other systems take (docs/clinic.md).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/run_options.hpp"

namespace radbatch {

struct ExportOptions {
  std::filesystem::path run;         ///< run folder
  std::filesystem::path to;          ///< folder to write; each format gets a folder in it
  std::vector<std::string> formats;  ///< of export_formats()
  std::filesystem::path labels;      ///< for clinicadl: the truth; empty: not known
  bool all_cases = false;            ///< bids: also a line for cases without scores
};

/// dicom-sr, dicom-sc, bids, clinicadl
const std::vector<std::string>& export_formats();
/// "dicom-sr,bids". Throws Error(ExitCode::usage) for an unknown one, naming the nearest.
std::vector<std::string> parse_export_formats(const std::string& text);

/// Writes the formats and DIR/export.csv, which has what became of each case. Cases that are done are
/// exported; a file that has the right bytes already is left alone. `resources` says how many workers and how
/// much memory. Returns the exit status: cases when some failed, no_input when nothing could be exported,
/// 128 + n when signal n came (the same command goes on). Throws Error.
int export_results(const ExportOptions& options, const RunOptions& resources, Reporter& reporter);

}  // namespace radbatch
