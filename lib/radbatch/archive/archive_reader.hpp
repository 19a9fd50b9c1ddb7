// Zip and tar archives, plain or compressed, read once from front to back.
//
// The bytes are untrusted: this runs in the image worker. It writes through descriptors that the tool opened,
// so no name in an archive ever becomes a path of the file system; names are data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/reason.hpp"

namespace radbatch {

struct ArchiveMember {
  /// Bytes as the archive has them (UTF-8 where the archive says so), without a leading "/" or "./".
  std::string name;
  bool has_content = false;      ///< it took the next output
  std::string same_as;           ///< a hard link: the name of the member whose content it has
  std::optional<Reason> reason;  ///< why it cannot be used
  std::string detail;
};

/// Some members, in the order of the archive; folders are not among them.
struct ArchivePart {
  std::vector<ArchiveMember> members;
  bool is_archive = true;  ///< false: no archive that we know, whatever the file is called
  bool is_last = false;
  std::string
      damage;  ///< with is_last: why the archive could not be read to its end, or is not to be trusted
};

class ArchiveReader {
 public:
  /// `max_bytes` of unpacked content; without it the archive may grow to GROWTH times its own size, and to
  /// FREE_BYTES whatever its size. Throws Error(Reason::io) when the file cannot be opened.
  ArchiveReader(const std::filesystem::path& path, std::optional<std::uint64_t> max_bytes);
  ~ArchiveReader();

  /// Writes the next members into `outputs`, one each, and returns when they are used up or at the end. A
  /// member that is cut off or whose checksum is wrong is written as far as it goes. Throws
  /// Error(Reason::archive) for an archive that grows beyond the limit, Error(ExitCode::output) when an
  /// output cannot be written.
  ArchivePart next(std::span<const int> outputs);

  static constexpr std::uint64_t GROWTH = 100;
  static constexpr std::uint64_t FREE_BYTES = std::uint64_t{256} << 20;
  static constexpr std::uint64_t MAX_MEMBERS = 2'000'000;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace radbatch
