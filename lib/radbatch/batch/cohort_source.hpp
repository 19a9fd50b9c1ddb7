// From what the user typed to cases: folders and files are walked and scanned, manifests read, a stream
// followed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/reporter.hpp"
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

/// The cases that a stream on standard input brings, one line at a time.
class StreamInput {
 public:
  /// Takes over the bytes that were read from `fd` to find out that it is a stream.
  StreamInput(int fd, std::string first_bytes);
  int fd() const { return fd_; }
  /// Reads what is there without waiting and gives the cases that are complete.
  std::vector<CaseRecord> read_available();
  bool is_open() const { return open_; }
  /// True when the writer said that this was all.
  bool has_ended() const { return reader_.has_ended(); }
  const std::string& upstream() const { return upstream_; }

 private:
  int fd_;
  std::string buffer_;
  ManifestReader reader_;
  std::string upstream_ = "the tool before this one";
  bool open_ = true;
};

/// What the inputs turned out to be. A stream (standard input "-" that begins with a stream header) stands
/// alone.
struct InputPlan {
  std::vector<std::string> paths;  ///< folders and files
  std::vector<CaseRecord> listed;  ///< cases of manifests
  std::unique_ptr<StreamInput> stream;
};
/// Incomplete when a stop signal came. Throws Error(ExitCode::usage) for a missing path, a broken list or
/// manifest, a stream mixed with other inputs.
InputPlan plan_inputs(const RunOptions& options);

/// Walks, scans (through `pool`) and groups. The scan is kept in private/ so that the next run opens only new
/// files. Throws Error(ExitCode::no_input) when nothing usable was found. Empty when a stop signal came.
FoundCohort find_cohort(const InputPlan& plan, const RunOptions& options, const RunFolder& folder,
                        WorkerPool& pool, Reporter& reporter);
/// The cohort as the last run of this folder saw it, without looking at the inputs: for merge and why.
FoundCohort remembered_cohort(const RunFolder& folder, const std::vector<std::string>& case_by);

/// A case of a stream with records made from what the stream says, appended to `records`.
Case streamed_case(const CaseRecord& line, std::vector<FileRecord>& records);

/// SHA-256 over relative path, size and mtime of the case's files: unchanged means that nothing has to be
/// read.
std::string fingerprint(const Case& one, std::span<const FileRecord> records);

}  // namespace radbatch
