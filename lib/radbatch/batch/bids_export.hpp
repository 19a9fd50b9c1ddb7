// Predictions as a BIDS derivative: a data set of its own beside the images, never a change of theirs.
#pragma once

#include <filesystem>

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/export_ledger.hpp"
#include "radbatch/batch/exported_run.hpp"

namespace radbatch {

inline constexpr const char* BIDS = "bids";

/// Below `to`/bids: dataset_description.json, README, .bidsignore, predictions.tsv with a line per case and
/// predictions.json that describes its columns; per case that is done
/// sub-*/[ses-*/]*_desc-<model>_predictions.tsv with a line per finding and its .json, and the picture that
/// explains it. With `all_cases` predictions.tsv also has the cases without scores. BIDS has no suffix for
/// predictions, so .bidsignore names these files. Throws Error(ExitCode::output).
void export_bids(const ExportedRun& run, const std::filesystem::path& to, bool all_cases,
                 ExportLedger& ledger, Reporter& reporter);

}  // namespace radbatch
