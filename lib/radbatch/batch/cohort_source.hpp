// From inputs to cases: folders and files are walked, scanned and grouped, the files of manifests looked up.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/archive_source.hpp"
#include "radbatch/batch/input_plan.hpp"
#include "radbatch/batch/run_folder.hpp"
#include "radbatch/batch/run_options.hpp"
#include "radbatch/study/cohort.hpp"
#include "radbatch/study/manifest.hpp"
#include "radbatch/worker/pool.hpp"

namespace radbatch {

/// All cases of a run and the files behind them.
struct FoundCohort {
  std::vector<FileRecord> records;
  Cohort cohort;
  std::size_t headers_read = 0;  ///< files opened by this scan; the rest was known from an earlier one
};

/// Walks, opens archives, scans (through `pool`) and groups; of scan folders, takes the records and looks at
/// no file. The scan is kept in private/ so that the next run opens only new files. `before_writing` is
/// called before the first file of the run folder is written; it may do nothing the second time. Throws
/// Error(ExitCode::no_input) when nothing usable was found. Empty when a stop signal came.
FoundCohort find_cohort(const InputPlan& plan, const RunOptions& options, const RunFolder& folder,
                        WorkerPool& pool, Archives& archives, Reporter& reporter,
                        const std::function<void()>& before_writing);
/// The cohort as the last run of this folder saw it, without looking at the inputs: for merge and why.
FoundCohort remembered_cohort(const RunFolder& folder, const CaseOptions& options);
/// Its images alone, without files: from the image index where that is of this program, else from the
/// records, and then the index is made anew where the folder can be written.
std::vector<Case> remembered_images(const RunFolder& folder, const CaseOptions& options);

/// A case of a stream with records made from what the stream says, appended to `records`.
Case streamed_case(const CaseRecord& line, std::vector<FileRecord>& records, const Assumptions& assumed = {});

/// Why the case is not as it was scanned: "file 3 of 28 is gone since the scan"; empty when it is. Looks at
/// every file, opens none.
std::string change_since_scan(const Case& one, std::span<const FileRecord> records);

/// SHA-256 over relative path, size and mtime of the case's files: unchanged means that nothing has to be
/// read.
std::string fingerprint(const Case& one, std::span<const FileRecord> records);

}  // namespace radbatch
