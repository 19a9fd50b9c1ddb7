// The record of what is committed: one line per case, appended, never changed.
//
// One fsync per case costs 1.6 ms and a file per case 6 ms and an inode; a line in a journal that is synced
// every two seconds costs next to nothing. A line counts only when its CRC fits, so a torn last line is
// ignored. Every process writes a file of its own: shards and reruns never touch each other's lines.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/batch/background_sync.hpp"
#include "radbatch/batch/outcome.hpp"

namespace radbatch {

inline constexpr std::size_t MAX_RECORD_BYTES = std::size_t{64} << 10;

/// `{"crc":"1a2b3c4d","record":<json>}` and a newline; the CRC-32 is that of the bytes of <json>.
std::string journal_line(const Json& record);
/// The record of a line, or null when the line is torn or damaged.
Json record_of(std::string_view line);

/// How what was written comes to the disk. Tests put a slow or a failing one in its place.
struct JournalSaving {
  std::function<int(int file)> fsync;  ///< returns 0 or an errno
  std::chrono::milliseconds every{2000};
};

class JournalWriter {
 public:
  /// Creates `folder`/<shard>-<host>-<pid>-<start>.ndjson at the first record. `shard` is "1of1" and the
  /// like.
  JournalWriter(std::filesystem::path folder, std::string shard);
  JournalWriter(std::filesystem::path folder, std::string shard, JournalSaving saving);
  /// What the file's first record says of this process: {"sitting": {...}}. Call before the first append.
  void describe(Json sitting) { sitting_ = std::move(sitting); }
  ~JournalWriter();

  /// Appends with one write. Throws Error(ExitCode::output) when the disk is full or the folder not writable,
  /// or when an fsync has failed since.
  void append(const CaseOutcome& outcome);
  /// Begins an fsync on a thread of its own, when something was written since the last one and two seconds
  /// have passed. With `now` waits until all that was written is saved. Throws Error(ExitCode::output) when
  /// one has failed.
  void sync(bool now = false);

 private:
  void open();
  void require_saved();
  void write(const std::string& line);

  Json sitting_ = Json::object();
  std::filesystem::path folder_;
  std::string shard_;
  FileDescriptor file_;
  std::chrono::milliseconds save_every_;
  bool dirty_ = false;  ///< written to since the last fsync began
  std::chrono::steady_clock::time_point synced_ = std::chrono::steady_clock::now();
  BackgroundSync saving_;  ///< last: has ended before the file is closed
};

/// The best outcome of every case over all journals of a run folder: what matches `fingerprints` (case id ->
/// fingerprint; empty: any) before what does not, done before refused or skipped before failed.
std::map<std::string, CaseOutcome> read_journals(const std::filesystem::path& folder,
                                                 const std::map<std::string, std::string>& fingerprints = {});

/// What the processes that wrote these journals said of themselves, oldest first.
std::vector<Json> read_sittings(const std::filesystem::path& folder);

}  // namespace radbatch
