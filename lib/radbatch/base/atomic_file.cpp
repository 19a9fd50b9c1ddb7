#include "radbatch/base/atomic_file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <system_error>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/base/file_descriptor.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

Error cannot(const char* verb, const fs::path& path, int error) {
  return {ExitCode::output,
          std::string("cannot ") + verb + " " + printable(path.string()) + ": " + std::strerror(error)};
}

bool has_content(const fs::path& path, std::string_view content) {
  std::error_code ignored;
  if (fs::file_size(path, ignored) != content.size() || ignored) return false;
  try {
    return read_file(path) == content;
  } catch (const Error&) {
    return false;
  }
}

std::string own_mark() {
  return std::string(".tmp-").append(host_name()).append("-");
}

bool is_alive(const std::string& process) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(process.data(), process.data() + process.size(), pid);
  const bool is_pid = error == std::errc() && end == process.data() + process.size() && pid > 0;
  return !is_pid || ::kill(pid, 0) == 0 || errno == EPERM;
}

}  // namespace

std::string host_name() {
  char buffer[256] = {};
  ::gethostname(buffer, sizeof buffer - 1);
  std::string host;
  for (const char* c = buffer; *c; ++c) host += std::isalnum(static_cast<unsigned char>(*c)) ? *c : '_';
  return host;
}

fs::path temporary_beside(const fs::path& path) {
  return path.string() + own_mark() + std::to_string(::getpid());
}

void remove_abandoned(const fs::path& folder) {
  const std::string mark = own_mark();
  std::error_code error;
  std::vector<fs::path> abandoned;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    const std::size_t found = name.rfind(mark);
    if (found != std::string::npos && !is_alive(name.substr(found + mark.size())))
      abandoned.push_back(at->path());
  }
  for (const fs::path& path : abandoned) fs::remove_all(path, error);
}

bool write_file_atomically(const fs::path& path, std::string_view content) {
  if (has_content(path, content)) return false;
  const fs::path temporary = temporary_beside(path);
  FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file) throw cannot("create", path, errno);
  const bool written = write_all(file.get(), content) && ::fsync(file.get()) == 0;
  const int error = errno;
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int cause = written ? errno : error;
    ::unlink(temporary.c_str());
    throw cannot("write", path, cause);
  }
  sync_folder(path.parent_path());
  return true;
}

std::string read_file(const fs::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  auto fail = [&] {
    return Error(Reason::io, "cannot read " + printable(path.string()) + ": " + std::strerror(errno));
  };
  if (!file) throw fail();
  std::string content;
  struct stat facts {};
  if (::fstat(file.get(), &facts) == 0 && facts.st_size > 0) {
    content.reserve(static_cast<std::size_t>(facts.st_size));
  }
  char block[1 << 16];
  for (;;) {
    const ssize_t n = ::read(file.get(), block, sizeof block);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw fail();
    if (n == 0) return content;
    content.append(block, static_cast<std::size_t>(n));
  }
}

void make_folder(const fs::path& path, bool private_mode) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    Error problem = cannot("create the folder", path, error.value());
    throw Error(ExitCode::output, problem.message(), "choose another folder that can be created and written");
  }
  if (private_mode && ::chmod(path.c_str(), 0700) != 0) throw cannot("protect the folder", path, errno);
}

void sync_folder(const fs::path& path) {
  FileDescriptor folder(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some network file systems refuse fsync on folders; the rename itself has succeeded by then.
  if (folder) ::fsync(folder.get());
}

}  // namespace radbatch
