// A POSIX descriptor that closes itself, and whole writes.
#pragma once

#include <string_view>
#include <utility>

namespace radbatch {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

/// Writes all bytes, however many calls it takes. Returns false with errno set on the first failure.
bool write_all(int fd, std::string_view bytes);

}  // namespace radbatch
