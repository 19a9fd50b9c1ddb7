// An output that a worker writes under a temporary name and that gets its own when it is whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "radbatch/base/file_descriptor.hpp"

namespace radbatch {

class PendingFile {
 public:
  /// Creates the temporary and the folder of `path`. Throws Error(ExitCode::output).
  explicit PendingFile(std::filesystem::path path);
  /// Removes what was not committed, and the folders that were made for it.
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  int fd() const { return file_.get(); }
  /// Starts over after a worker died in the middle.
  void rewind();
  /// fsync and rename. Throws Error(ExitCode::output).
  void commit();
  /// Instead of commit: the file holds several files one after the other, `bytes[i]` of them for `paths[i]`.
  /// Throws Error(Reason::decoder_crash) when the lengths do not add up to the file: a worker is not trusted.
  void commit_parts(std::span<const std::uint64_t> bytes, std::span<const std::filesystem::path> paths);

 private:
  std::filesystem::path path_, temporary_;
  std::vector<std::filesystem::path> made_;  ///< folders, the innermost first
  FileDescriptor file_;
};

}  // namespace radbatch
