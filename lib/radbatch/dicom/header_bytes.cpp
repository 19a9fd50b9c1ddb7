#include "radbatch/dicom/header_bytes.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

constexpr std::size_t largest_window = std::size_t{1} << 20;
constexpr std::size_t max_header_bytes = std::size_t{16} << 20;

// How many bytes came; fewer than asked for at the end of the file, nothing on an error.
std::optional<std::size_t> read_at(int fd, unsigned char* to, std::size_t n, std::uint64_t offset) {
  std::size_t got = 0;
  while (got < n) {
    const ssize_t part = pread(fd, to + got, n - got, static_cast<off_t>(offset + got));
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return std::nullopt;
    if (part == 0) break;
    got += static_cast<std::size_t>(part);
  }
  return got;
}

}  // namespace

std::string_view HeaderBytes::head() {
  if (windows_.empty()) {
    errno = 0;
    if (read_window(0, 0) == nullptr && errno != 0) throw Error(Reason::io, std::strerror(errno));
  }
  if (start_ != 0) throw Error(ExitCode::internal, "the head of a file is asked for after its header");
  return {reinterpret_cast<const char*>(current_), static_cast<std::size_t>(end_)};
}

const unsigned char* HeaderBytes::read_window(std::uint64_t offset, std::size_t n) {
  if (offset > file_size_ || n > file_size_ - offset) return nullptr;
  // What follows a long value that was stepped over begins a small window again.
  const bool continues = offset >= start_ && offset <= end_;
  if (!continues) next_size_ = std::size_t{4} << 10;
  const std::size_t wanted = std::max(next_size_, n);
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, file_size_ - offset));
  if (total_ + size > max_header_bytes) return nullptr;
  auto window = std::make_unique_for_overwrite<unsigned char[]>(std::max<std::size_t>(size, 1));
  const auto got = read_at(fd_, window.get(), size, offset);
  if (!got || *got < n) return nullptr;
  current_ = window.get();
  start_ = offset;
  end_ = offset + *got;
  total_ += size;
  windows_.push_back(std::move(window));
  next_size_ = std::min(next_size_ * 2, largest_window);
  return current_;
}

const unsigned char* HeaderBytes::item_header(std::uint64_t offset) {
  if (offset >= start_ && end_ - start_ >= 8 && offset - start_ <= end_ - start_ - 8) {
    return current_ + (offset - start_);
  }
  if (offset > file_size_ || file_size_ - offset < 8) return nullptr;
  const auto got = read_at(fd_, item_, sizeof item_, offset);
  return got && *got == sizeof item_ ? item_ : nullptr;
}

}  // namespace radbatch
