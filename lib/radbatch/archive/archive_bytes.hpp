// The bytes of an archive file as libarchive asks for them: blocks, skips, seeks. gzip is undone here,
// because libarchive does not compare the checksum at its end and a flipped bit would go unnoticed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace radbatch {

class ArchiveBytes {
 public:
  /// Throws Error(Reason::io) when the file cannot be opened.
  explicit ArchiveBytes(const std::filesystem::path& path);
  ~ArchiveBytes();

  /// The next bytes, valid until the next call; empty at the end. Throws Error(Reason::archive) for a broken
  /// gzip stream, Error(Reason::io).
  std::span<const char> read();
  /// Moves on by `n` bytes where that costs nothing; returns how far.
  std::int64_t skip(std::int64_t n);
  /// As lseek(2); -1 where the bytes are compressed with gzip.
  std::int64_t seek(std::int64_t offset, int whence);

  bool is_gzip() const;
  std::uint64_t file_bytes() const;  ///< size of the file
  std::uint64_t taken() const;       ///< bytes of the file that were read so far
  /// The last bytes of the file, at most `n`.
  std::string tail(std::size_t n) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace radbatch
