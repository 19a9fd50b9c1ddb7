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
#include <map>
#include <string>
#include <vector>

#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/batch/outcome.hpp"

namespace radbatch {

inline constexpr std::size_t MAX_RECORD_BYTES = std::size_t{64} << 10;

/// `{"crc":"1a2b3c4d","record":<json>}` and a newline; the CRC-32 is that of the bytes of <json>.
std::string journal_line(const Json& record);
/// The record of a line, or null when the line is torn or damaged.
Json record_of(std::string_view line);

class JournalWriter {
 public:
  /// Creates `folder`/<shard>-<host>-<pid>-<start>.ndjson at the first record. `shard` is "1of1" and the
  /// like.
  JournalWriter(std::filesystem::path folder, std::string shard);
  /// What the file's first record says of this process: {"sitting": {...}}. Call before the first append.
  void describe(Json sitting) { sitting_ = std::move(sitting); }
  ~JournalWriter();

  /// Appends with one write. Throws Error(ExitCode::output) when the disk is full or the folder not writable.
  void append(const CaseOutcome& outcome);
  /// fsync, when something was written since the last one and two seconds have passed (or `now`).
  void sync(bool now = false);

 private:
  void open();
  void write(const std::string& line);

  Json sitting_ = Json::object();
  std::filesystem::path folder_;
  std::string shard_;
  FileDescriptor file_;
  bool dirty_ = false;
  std::chrono::steady_clock::time_point synced_ = std::chrono::steady_clock::now();
};

/// Where a record lies: `bytes` of the line from `offset`, without its end.
struct RecordPlace {
  std::filesystem::path file;
  std::uint64_t offset = 0, bytes = 0;
};

/// Every whole record of every journal of a run folder, files in the order of their names, one line in memory
/// at a time. Throws Error(Reason::io).
void for_each_record(const std::filesystem::path& folder,
                     const std::function<void(const Json& record, const RecordPlace& place)>& take);
/// Throws Error(Reason::io) when there is no record any more.
Json read_record(const RecordPlace& place);

/// The best outcome of every case over all journals of a run folder: what matches `fingerprints` (case id ->
/// fingerprint; empty: any) before what does not, done before refused or skipped before failed. Without the
/// arrays that records keep (levels.hpp).
std::map<std::string, CaseOutcome> read_journals(const std::filesystem::path& folder,
                                                 const std::map<std::string, std::string>& fingerprints = {});

/// What the processes that wrote these journals said of themselves, oldest first.
std::vector<Json> read_sittings(const std::filesystem::path& folder);

}  // namespace radbatch
