// Loaded into a tool by LD_PRELOAD (tests/faults/full_disk.py): the k-th operation of one kind below a folder
// fails, and all after it where the disk stays full.
//
//   RADBATCH_FAIL_BELOW   absolute path of the folder; operations elsewhere are let through and not counted
//   RADBATCH_FAIL_KIND    write, fsync, rename (and link) or open (for writing, and mkdir)
//   RADBATCH_FAIL_AT      k, from 1; 0: none fails
//   RADBATCH_FAIL_ERRNO   the number of the error
//   RADBATCH_FAIL_ONCE    1: only the k-th
//   RADBATCH_FAIL_COUNT   a file that gets the number of operations seen, when the process ends
//
// Workers inherit it and are let alone: what a full disk does to them is told to the tool by their answers.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

struct Plan {
  std::string below = setting("RADBATCH_FAIL_BELOW"), kind = setting("RADBATCH_FAIL_KIND"),
              count_file = setting("RADBATCH_FAIL_COUNT");
  long at = std::atol(setting("RADBATCH_FAIL_AT").c_str());
  int error = std::atoi(setting("RADBATCH_FAIL_ERRNO").c_str());
  bool once = setting("RADBATCH_FAIL_ONCE") == "1";
  std::atomic<long> seen{0};
  bool is_worker = std::strstr(program_invocation_short_name, "worker") != nullptr;

  ~Plan() {
    if (is_worker || count_file.empty()) return;
    const std::string text = std::to_string(seen.load());
    const long file = ::syscall(SYS_openat, AT_FDCWD, count_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::syscall(SYS_write, file, text.data(), text.size());
  }
};

Plan& plan() {
  static Plan the_plan;
  return the_plan;
}

/// True when this operation has to fail; errno says how.
bool fails(const char* kind, const std::string& path) {
  Plan& p = plan();
  if (p.is_worker || p.kind != kind || path.compare(0, p.below.size(), p.below) != 0) return false;
  const long number = ++p.seen;
  if (p.at == 0 || number < p.at || (p.once && number > p.at)) return false;
  errno = p.error;
  return true;
}

std::string path_of(int fd) {
  char target[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t n = ::readlink(link.c_str(), target, sizeof target);
  return n < 0 ? "" : std::string(target, static_cast<std::size_t>(n));
}

/// A folder's fsync may be refused for good reasons on network file systems, and the tools do not mind.
bool is_folder(int fd) {
  struct stat facts {};
  return ::fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode);
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

int open_by(const char* function, const char* path, int flags, mode_t mode) {
  if ((flags & O_ACCMODE) != O_RDONLY && fails("open", path)) return -1;
  return next<int (*)(const char*, int, ...)>(function)(path, flags, mode);
}

mode_t mode_of(int flags, va_list rest) {
  return (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
}

}  // namespace

extern "C" int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open_by("open", path, flags, mode);
}

extern "C" int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open_by("open64", path, flags, mode);
}

extern "C" int mkdir(const char* path, mode_t mode) {
  if (fails("open", path)) return -1;
  return next<int (*)(const char*, mode_t)>("mkdir")(path, mode);
}

extern "C" ssize_t write(int fd, const void* data, size_t bytes) {
  if (plan().kind == "write" && fails("write", path_of(fd))) return -1;
  return next<ssize_t (*)(int, const void*, size_t)>("write")(fd, data, bytes);
}

extern "C" int fsync(int fd) {
  if (!is_folder(fd) && fails("fsync", path_of(fd))) return -1;
  return next<int (*)(int)>("fsync")(fd);
}

extern "C" int fdatasync(int fd) {
  if (fails("fsync", path_of(fd))) return -1;
  return next<int (*)(int)>("fdatasync")(fd);
}

extern "C" int rename(const char* from, const char* to) {
  if (fails("rename", to)) return -1;
  return next<int (*)(const char*, const char*)>("rename")(from, to);
}

extern "C" int link(const char* from, const char* to) {
  if (fails("rename", to)) return -1;
  return next<int (*)(const char*, const char*)>("link")(from, to);
}
