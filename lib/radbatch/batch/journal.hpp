// The record of what is committed: one line per case, appended, never changed.
//
// One fsync per case costs 1.6 ms and a file per case 6 ms and an inode; a line in a journal that is synced
// every two seconds costs next to nothing. A line counts only when its CRC fits, so a torn last line is
// ignored. Every process writes a file of its own: shards and reruns never touch each other's lines.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/batch/background_sync.hpp"
#include "radbatch/batch/outcome.hpp"

namespace radbatch {

inline constexpr std::size_t MAX_RECORD_BYTES = std::size_t{64} << 10;

/// `{"crc":"1a2b3c4d","record":<json>}` and a newline; the CRC-32 is that of the bytes of <json>.
std::string journal_line(const Json& record);
/// The part of a line that is the record, unchecked; empty when the line is none.
std::string_view text_of_record(std::string_view line);
/// The record of a line, or null when the line is torn or damaged.
Json record_of(std::string_view line);

/// Where a record lies: a line of `bytes` bytes without its newline.
struct RecordPlace {
  std::filesystem::path journal;
  std::uint64_t offset = 0;
  std::size_t bytes = 0;
};

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
  RecordPlace append(const CaseOutcome& outcome);
  /// Writes what the first record says, although no case may follow it.
  void note();
  /// Begins an fsync on a thread of its own, when something was written since the last one and two seconds
  /// have passed. With `now` waits until all that was written is saved. Throws Error(ExitCode::output) when
  /// one has failed.
  void sync(bool now = false);

 private:
  void open();
  void require_saved();
  /// Returns where the line begins.
  std::uint64_t write(const std::string& line);

  Json sitting_ = Json::object();
  std::filesystem::path folder_, path_;
  std::string shard_;
  FileDescriptor file_;
  std::chrono::milliseconds save_every_;
  bool dirty_ = false;  ///< written to since the last fsync began
  std::chrono::steady_clock::time_point synced_ = std::chrono::steady_clock::now();
  BackgroundSync saving_;  ///< last: has ended before the file is closed
};

}  // namespace radbatch
