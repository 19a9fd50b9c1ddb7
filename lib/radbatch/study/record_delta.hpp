// Many file records in little text: within a series nearly every header value is that of the file before.
//
// A record of a CT slice is 2.5 KB of JSON, of which 300 bytes differ from its neighbour's. The worker's
// answer to a scan and the index of a run hold the difference.
#pragma once

#include <vector>

#include "radbatch/study/file_record.hpp"

namespace radbatch {

/// Packs records one after the other, each against the one before.
class RecordPacker {
 public:
  /// What the file is: `kind`, `reason`, `detail`, `plain` as to_json writes them, and instead of
  /// `attributes` "set" (those that are new or other than in the record before) and "drop" (keywords that are
  /// gone); each left out where it is empty.
  Json pack_content(const FileRecord& record);
  /// The same for a usable file whose difference is known already.
  Json pack_changes(FileKind kind, Json set, Json drop, const std::optional<PlainPixels>& plain);
  /// pack_content with `path`, `root`, `size` and `mtime_ns`.
  Json pack(const FileRecord& record);

 private:
  Json attributes_ = Json::object();
};

/// The way back, in the same order.
class RecordUnpacker {
 public:
  /// Fills in what pack_content wrote; the rest of `record` stays. Throws Error(ExitCode::internal).
  void unpack_content(const Json& packed, FileRecord& record);
  /// A record from pack, or whole from to_json.
  FileRecord unpack(const Json& packed);

 private:
  Json attributes_ = Json::object();
};

}  // namespace radbatch
