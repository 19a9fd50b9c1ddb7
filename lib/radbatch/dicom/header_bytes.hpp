// The bytes of a file's header, read as they are needed. Internal to the reading modules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace radbatch {

/// Windows onto an open file. One read of 16 KiB holds nearly every header up to the pixels; more is read
/// only when it is asked for. Read, not mapped: a mapped file that shrinks kills the process.
class HeaderBytes {
 public:
  /// `fd` must stay open; nothing is read yet.
  HeaderBytes(int fd, std::uint64_t file_size) : fd_(fd), file_size_(file_size) {}

  std::uint64_t file_size() const { return file_size_; }
  /// The first bytes, at most 16 KiB. Throws Error(Reason::io).
  std::string_view head();
  /// `n` bytes at `offset`, which stay valid as long as this object; null where the file does not have them,
  /// cannot be read, or the header has grown beyond 16 MiB.
  const unsigned char* at(std::uint64_t offset, std::size_t n) {
    if (offset >= start_ && n <= end_ - start_ && offset - start_ <= end_ - start_ - n) {
      return current_ + (offset - start_);
    }
    return read_window(offset, n);
  }
  /// The 8 bytes at `offset` into a small buffer of their own, valid until the next call: for the item
  /// headers between compressed fragments, which lie far apart.
  const unsigned char* item_header(std::uint64_t offset);

 private:
  const unsigned char* read_window(std::uint64_t offset, std::size_t n);

  int fd_;
  std::uint64_t file_size_;
  std::uint64_t start_ = 0, end_ = 0;  ///< of the current window in the file
  const unsigned char* current_ = nullptr;
  std::vector<std::unique_ptr<unsigned char[]>> windows_;
  std::size_t next_size_ = std::size_t{16} << 10;
  std::size_t total_ = 0;
  unsigned char item_[8] = {};
};

}  // namespace radbatch
