#include "radbatch/batch/pending_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <numeric>
#include <string>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

[[noreturn]] void fail(const std::string& doing, const std::filesystem::path& path) {
  throw Error(ExitCode::output, doing + " " + path.string() + ": " + std::strerror(errno));
}

/// The next `bytes` of the file.
std::string take(int fd, std::uint64_t bytes, const std::filesystem::path& path) {
  std::string text(bytes, '\0');
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t n = ::read(fd, &text[at], text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("cannot read", path);
    at += static_cast<std::size_t>(n);
  }
  return text;
}

}  // namespace

PendingFile::PendingFile(std::filesystem::path path)
    : path_(std::move(path)), temporary_(temporary_beside(path_)) {
  std::error_code missing;
  for (auto folder = path_.parent_path(); !folder.empty() && !std::filesystem::exists(folder, missing);
       folder = folder.parent_path()) {
    made_.push_back(folder);
  }
  make_folder(path_.parent_path());
  file_ = FileDescriptor(::open(temporary_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file_) fail("cannot create", temporary_);
}

PendingFile::~PendingFile() {
  if (!file_) return;
  ::unlink(temporary_.c_str());
  for (const std::filesystem::path& folder : made_) ::rmdir(folder.c_str());  // those that stayed empty
}

void PendingFile::rewind() {
  if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0) {
    fail("cannot rewrite", temporary_);
  }
}

void PendingFile::commit() {
  if (::fsync(file_.get()) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    fail("cannot write", path_);
  }
  file_ = FileDescriptor();
}

void PendingFile::commit_parts(std::span<const std::uint64_t> bytes,
                               std::span<const std::filesystem::path> paths) {
  struct stat facts {};
  if (::fstat(file_.get(), &facts) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0)
    fail("cannot read", temporary_);
  unsigned __int128 sum = 0;
  for (const std::uint64_t part : bytes) sum += part;
  if (bytes.size() != paths.size() || sum != static_cast<std::uint64_t>(facts.st_size)) {
    throw Error(Reason::decoder_crash, "the worker's list of slices does not fit what it wrote");
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    make_folder(paths[i].parent_path());
    write_file_atomically(paths[i], take(file_.get(), bytes[i], temporary_));
  }
  ::unlink(temporary_.c_str());
  file_ = FileDescriptor();
}

}  // namespace radbatch
