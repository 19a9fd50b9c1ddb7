// Loaded into the real image worker by LD_PRELOAD (tests/cli/test_sandbox.py): when the worker opens a file
// whose name begins with "probe-", it tries what the rest of the name says, and the opening fails with what
// came of it: the errno of the attempt, or ENOTRECOVERABLE where the kernel let it through. The worker
// reports that as its own reason.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <string>

namespace {

// Raw system calls: the functions of libc are what is replaced below.
long open_raw(const std::string& path, int flags) {
  return ::syscall(SYS_openat, AT_FDCWD, path.c_str(), flags, 0600);
}

// Without a socket there is nothing to connect.
long make_socket(int family) {
  return ::syscall(SYS_socket, family, SOCK_STREAM, 0);
}

long execute() {
  char name[] = "/bin/true";
  char* arguments[] = {name, nullptr};
  return ::syscall(SYS_execve, name, arguments, nullptr);
}

long change_files(const std::string& what, const std::string& path) {
  if (what == "create") return open_raw(path + ".made-by-a-worker", O_WRONLY | O_CREAT);
  if (what == "append") return open_raw(path, O_WRONLY | O_APPEND);
  if (what == "truncate") return ::syscall(SYS_truncate, path.c_str(), 0);
  if (what == "unlink") return ::syscall(SYS_unlinkat, AT_FDCWD, path.c_str(), 0);
  if (what == "rename")
    return ::syscall(SYS_renameat2, AT_FDCWD, path.c_str(), AT_FDCWD, (path + ".moved").c_str(), 0);
  if (what == "link")
    return ::syscall(SYS_linkat, AT_FDCWD, path.c_str(), AT_FDCWD, (path + ".linked").c_str(), 0);
  if (what == "mkdir") return ::syscall(SYS_mkdirat, AT_FDCWD, (path + ".folder").c_str(), 0700);
  if (what == "chmod") return ::syscall(SYS_fchmodat, AT_FDCWD, path.c_str(), 0777);
  errno = EDOM;  // the test asks for what this program does not know
  return -1;
}

long attempt(const std::string& what, const std::string& path) {
  const pid_t tool = ::getppid();
  if (what == "exec") return execute();
  if (what == "fork") return ::syscall(SYS_clone, 17 /* SIGCHLD */, nullptr, nullptr, nullptr, nullptr);
  if (what == "ptrace") return ::syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, tool, nullptr, nullptr);
  if (what == "memory") return ::syscall(SYS_process_vm_readv, tool, nullptr, 0, nullptr, 0, 0);
  if (what == "mount") return ::syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, nullptr);
  if (what == "inet") return make_socket(AF_INET);
  if (what == "unix") return make_socket(AF_UNIX);
  if (what == "netlink") return make_socket(AF_NETLINK);
  if (what == "kill") return ::syscall(SYS_kill, tool, 0);
  if (what == "tgkill") return ::syscall(SYS_tgkill, tool, tool, 0);
  if (what == "prlimit") return ::syscall(SYS_prlimit64, tool, RLIMIT_CPU, nullptr, nullptr);
  if (what == "setown") return ::syscall(SYS_fcntl, 3, F_SETOWN, tool);
  if (what == "outside") return open_raw("/root", O_RDONLY | O_DIRECTORY);
  return change_files(what, path);
}

/// True when `path` asked for a probe; errno says how it ended.
bool probe(const char* path) {
  const std::string whole(path);
  const std::size_t at = whole.rfind('/') + 1;
  if (whole.compare(at, 6, "probe-") != 0) return false;
  if (attempt(whole.substr(at + 6), whole) >= 0) errno = ENOTRECOVERABLE;
  return true;
}

using Open = int (*)(const char*, int, ...);

int open_by(const char* function, const char* path, int flags, mode_t mode) {
  if (probe(path)) return -1;
  return reinterpret_cast<Open>(::dlsym(RTLD_NEXT, function))(path, flags, mode);
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
