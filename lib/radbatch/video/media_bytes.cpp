#include "radbatch/video/media_bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"

namespace radbatch {
namespace {

[[noreturn]] void fail() {
  throw Error(Reason::io, std::string("a file of the image cannot be read: ") + std::strerror(errno));
}

class FileBytes : public MediaBytes {
 public:
  explicit FileBytes(const std::filesystem::path& path)
      : file_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    struct stat facts {};
    if (!file_ || ::fstat(file_.get(), &facts) != 0) fail();
    if (!S_ISREG(facts.st_mode)) throw Error(Reason::not_image, "not a regular file");
    size_ = static_cast<std::uint64_t>(facts.st_size);
  }
  std::uint64_t size() const override { return size_; }
  std::size_t read(std::uint64_t offset, std::span<std::uint8_t> target) override {
    for (;;) {
      const ssize_t n = ::pread(file_.get(), target.data(), target.size(), static_cast<off_t>(offset));
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR) fail();
    }
  }

 private:
  FileDescriptor file_;
  std::uint64_t size_ = 0;
};

class MemoryBytes : public MediaBytes {
 public:
  explicit MemoryBytes(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t offset, std::span<std::uint8_t> target) override {
    if (offset >= bytes_.size()) return 0;
    const std::size_t n = std::min<std::size_t>(target.size(), bytes_.size() - offset);
    std::memcpy(target.data(), bytes_.data() + offset, n);
    return n;
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace

std::unique_ptr<MediaBytes> media_file(const std::filesystem::path& path) {
  return std::make_unique<FileBytes>(path);
}

std::unique_ptr<MediaBytes> media_in_memory(std::vector<std::uint8_t> bytes) {
  return std::make_unique<MemoryBytes>(std::move(bytes));
}

}  // namespace radbatch
