#include "radbatch/image/output_file.hpp"

#include <fcntl.h>
#include <sys/uio.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <string>
#include <vector>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

[[noreturn]] void fail() {
  throw Error(ExitCode::output, std::string("writing the image: ") + std::strerror(errno));
}

}  // namespace

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

void write_parts(int fd, ByteParts parts) {
  std::vector<iovec> left;
  for (const auto& part : parts) {
    if (!part.empty()) left.push_back({const_cast<std::byte*>(part.data()), part.size()});
  }
  for (std::size_t first = 0; first < left.size();) {
    const ssize_t written =
        ::writev(fd, &left[first], static_cast<int>(std::min<std::size_t>(left.size() - first, IOV_MAX)));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail();
    auto done = static_cast<std::size_t>(written);
    for (; first < left.size() && done >= left[first].iov_len; ++first) done -= left[first].iov_len;
    if (first == left.size()) return;
    left[first].iov_base = static_cast<char*>(left[first].iov_base) + done;
    left[first].iov_len -= done;
  }
}

void write_bytes(int fd, std::span<const std::byte> bytes) {
  write_parts(fd, std::span(&bytes, 1));
}

void reserve(int fd, std::uint64_t bytes) {
  if (bytes == 0 || ::fallocate(fd, 0, 0, static_cast<off_t>(bytes)) == 0) return;
  if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EIO) fail();
}

}  // namespace radbatch
