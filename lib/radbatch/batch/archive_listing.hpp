// What an archive among the inputs holds, as it was found when it was unpacked. Kept, so that a rerun knows
// the files without opening the archive again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/study/file_record.hpp"

namespace radbatch {

struct ListedMember {
  std::string name;        ///< path inside the archive, bytes
  std::uint64_t size = 0;  ///< bytes, unpacked
  std::string part;        ///< name of the unpacked file; empty: it has no content
  std::optional<Reason>
      reason;  ///< why it cannot be used; with a part: damaged, but its header may be readable
  std::string detail;
  bool operator==(const ListedMember&) const = default;
};

struct ArchiveListing {
  bool is_archive = true;
  std::vector<ListedMember> members;
  std::optional<Reason> reason;  ///< why the archive could not be read, or not to its end
  std::string detail;
  bool operator==(const ArchiveListing&) const = default;
};

Json to_json(const ArchiveListing& listing);
/// Throws Json::exception, Error.
ArchiveListing archive_listing_from_json(const Json& json);

/// Name for what belongs to an archive: 32 hex digits of a digest of where it lies, its size and its time.
std::string archive_key(const FileRecord& archive);

/// The members as files. They lie below the archive's name in the folder where it was found; an archive that
/// is itself the input (`is_input`) is their root. Their time is the archive's. `unpacked` is where the parts
/// lie. An archive that could not be read to its end comes first, with its reason.
std::vector<FileRecord> member_records(const FileRecord& archive, const ArchiveListing& listing,
                                       bool is_input, const std::filesystem::path& unpacked);

/// "000012.part", with the ending of `name` where a reader goes by endings.
std::string part_name(std::size_t index, const std::string& name);

}  // namespace radbatch
