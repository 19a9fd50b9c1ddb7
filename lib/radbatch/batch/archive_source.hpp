// Archives among the inputs, opened as if they were folders.
//
// Their members are unpacked below OUT/private once, scanned and read like any file, and removed when the run
// has finished. What an archive holds stays listed, so that a rerun with nothing to do unpacks nothing.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/archive_unpacking.hpp"
#include "radbatch/batch/run_folder.hpp"
#include "radbatch/batch/run_options.hpp"
#include "radbatch/study/cohort.hpp"

namespace radbatch {

/// The files of one input.
struct InputFiles {
  std::vector<FileRecord> files;
  bool is_folder = true;  ///< false: the input is that one file
};

/// Whether a file among them has the name of an archive.
bool has_archives(std::span<const InputFiles> inputs);

class Archives {
 public:
  Archives(const RunFolder& folder, const RunOptions& options, WorkerPool& pool, Reporter& reporter);

  /// Replaces each archive by its members; unpacks those that are new and those with members that `known`
  /// does not know. Incomplete when a stop signal came.
  void open(std::vector<InputFiles>& inputs, std::span<const FileRecord> known);
  /// The same from what is listed, without any worker: for merge and why.
  static void open_listed(std::vector<InputFiles>& inputs, const RunFolder& folder);

  /// The files as the scan is to see them: damaged members too, because their headers may be readable.
  static std::vector<FileRecord> to_scan(std::vector<FileRecord> opened);
  /// What the scan does not know: where the bytes of `opened` lie, which members are damaged, and that a file
  /// with the name of an archive that is none is no harmless stray.
  static void complete(std::vector<FileRecord>& scanned, std::span<const FileRecord> opened);

  /// Unpacks again what these cases need and an earlier, finished run has removed. Throws
  /// Error(ExitCode::usage) when an archive has other members than it had. Incomplete when a stop signal
  /// came.
  void unpack_for(std::span<const Case* const> cases, std::span<const FileRecord> records);

  /// W_ARCHIVE_DAMAGED for the cases that have files of an archive that could not be read whole.
  void flag_damaged(std::vector<Case>& cases, std::span<const FileRecord> records) const;

  /// Empties the space that unpacked archives take.
  static void remove_unpacked(const RunFolder& folder);

 private:
  struct Found {
    FileRecord archive;
    ArchiveListing listing;
  };

  std::filesystem::path unpacked(const std::string& key) const;
  bool is_unpacked(const std::string& key) const;
  void unpack(const std::vector<std::string>& keys);

  RunFolder folder_;
  const RunOptions& options_;
  WorkerPool& pool_;
  Reporter& reporter_;
  std::map<std::string, Found> found_;  ///< by key
};

}  // namespace radbatch
