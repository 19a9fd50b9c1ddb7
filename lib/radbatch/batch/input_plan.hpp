// What the user typed: folders and files, lists and manifests, or a stream on standard input.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "radbatch/batch/run_options.hpp"
#include "radbatch/study/manifest.hpp"

namespace radbatch {

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
  std::vector<std::string> scans;  ///< folders that radbatch scan wrote
  std::vector<std::string> roots;  ///< folders and files that image workers have to read; of scans, absolute
  std::unique_ptr<StreamInput> stream;
};
/// Incomplete when a stop signal came. Throws Error(ExitCode::usage) for a missing path, a broken list or
/// manifest, a stream mixed with other inputs.
InputPlan plan_inputs(const RunOptions& options);

}  // namespace radbatch
