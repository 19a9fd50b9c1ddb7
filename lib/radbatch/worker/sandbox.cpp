#include "radbatch/worker/sandbox.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include "radbatch/base/file_descriptor.hpp"

namespace radbatch {
namespace {

// Calls that ITK, DCMTK, HDF5 and LibTorch make after start, read off with strace, plus what glibc needs to
// start threads and to abort. Everything else answers EPERM.
constexpr std::array allowed{
    "access",
    "arch_prctl",
    "brk",
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "close",
    "dup",
    "dup2",
    "dup3",
    "exit",
    "exit_group",
    "fadvise64",
    "faccessat",
    "faccessat2",
    "fallocate",
    "flock",
    "fstat",
    "fstatfs",
    "fsync",
    "ftruncate",
    "futex",
    "get_mempolicy",
    "get_robust_list",
    "getcwd",
    "getdents64",
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "getppid",
    "getrandom",
    "getrlimit",
    "getrusage",
    "gettid",
    "gettimeofday",
    "getuid",
    "landlock_add_rule",
    "landlock_create_ruleset",
    "landlock_restrict_self",
    "lseek",
    "lstat",
    "madvise",
    "mbind",
    "membarrier",
    "mincore",
    "mlock",
    "mmap",
    "mprotect",
    "mremap",
    "munlock",
    "munmap",
    "nanosleep",
    "newfstatat",
    "poll",
    "ppoll",
    "prctl",
    "pread64",
    "preadv",
    "pwrite64",
    "read",
    "readlink",
    "readlinkat",
    "readv",
    "recvfrom",
    "recvmsg",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "sched_getaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "sched_setaffinity",
    "sched_yield",
    "seccomp",
    "sendmsg",
    "sendto",
    "set_robust_list",
    "set_tid_address",
    "sigaltstack",
    "stat",
    "statfs",
    "statx",
    "sysinfo",
    "time",
    "times",
    "umask",
    "uname",
    "write",
    "writev",
};

void allow(scmp_filter_ctx filter, const char* call) {
  const int number = seccomp_syscall_resolve_name(call);
  if (number != __NR_SCMP_ERROR) seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
}

/// Opening is allowed for reading only: no O_WRONLY, O_RDWR, O_CREAT, O_TRUNC.
void allow_open_for_reading(scmp_filter_ctx filter) {
  constexpr scmp_datum_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
  seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, writing, 0));
  seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, writing, 0));
}

/// Threads yes, processes no. clone3 hides its flags in memory: ENOSYS makes glibc fall back to clone.
void allow_threads(scmp_filter_ctx filter) {
  seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                   SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

/// What a process may do to itself but not to its tool: signals to its own threads, its own limits, and of
/// fcntl only what concerns a descriptor (F_SETOWN and F_SETSIG together send any signal to any process).
void allow_upon_itself(scmp_filter_ctx filter) {
  const auto self = static_cast<scmp_datum_t>(::getpid());
  seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, self));
  seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_EQ, 0));
  for (const int command : {F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
                            F_DUPFD_CLOEXEC, F_ADD_SEALS, F_GET_SEALS}) {
    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
                     SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)));
  }
}

bool load_seccomp() {
  std::unique_ptr<void, decltype(&seccomp_release)> filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)),
                                                           &seccomp_release);
  if (!filter) return false;
  for (const char* call : allowed) allow(filter.get(), call);
  allow_open_for_reading(filter.get());
  allow_threads(filter.get());
  allow_upon_itself(filter.get());
  return seccomp_load(filter.get()) == 0;
}

int landlock_version() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

constexpr std::uint64_t READ_RIGHTS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t WRITE_RIGHTS =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
    LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_EXECUTE;
// Rights that came with later versions of the interface than the headers of Debian 12 name.
constexpr std::uint64_t REFER = 1U << 13, TRUNCATE = 1U << 14;

std::uint64_t write_rights(int version) {
  return WRITE_RIGHTS | (version >= 2 ? REFER : 0) | (version >= 3 ? TRUNCATE : 0);
}

FileDescriptor make_ruleset(std::uint64_t handled) {
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = handled;
  return FileDescriptor(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
}

bool enforce(const FileDescriptor& ruleset) {
  return ruleset && ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0;
}

Json current_limits() {
  constexpr std::array<std::pair<const char*, __rlimit_resource>, 7> limits{
      {{"address_space_bytes", RLIMIT_AS},
       {"core_bytes", RLIMIT_CORE},
       {"cpu_seconds", RLIMIT_CPU},
       {"data_bytes", RLIMIT_DATA},
       {"file_bytes", RLIMIT_FSIZE},
       {"open_files", RLIMIT_NOFILE},
       {"stack_bytes", RLIMIT_STACK}}};
  Json facts = Json::object();
  for (const auto& [name, resource] : limits) {
    rlimit own{};
    if (::getrlimit(resource, &own) == 0 && own.rlim_cur != RLIM_INFINITY) facts[name] = own.rlim_cur;
  }
  return facts;
}

}  // namespace

Json enter_sandbox() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  // The sanitizers' own run time starts a process to print a report.
  return {{"no_new_privileges", false}, {"seccomp", false}, {"landlock", 0}, {"limits", current_limits()}};
#else
  const bool privileges = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  const int version = landlock_version();
  const bool landlock = version > 0 && enforce(make_ruleset(write_rights(version)));
  const bool seccomp = load_seccomp();
  return {{"no_new_privileges", privileges},
          {"seccomp", seccomp},
          {"landlock", landlock ? version : 0},
          {"limits", current_limits()}};
#endif
}

bool restrict_reading_to(std::span<const std::filesystem::path> folders) {
  if (landlock_version() == 0) return false;
  const FileDescriptor ruleset = make_ruleset(READ_RIGHTS);
  if (!ruleset) return false;
  for (const std::filesystem::path& folder : folders) {
    const FileDescriptor parent(::open(folder.c_str(), O_PATH | O_CLOEXEC));
    if (!parent) continue;
    landlock_path_beneath_attr rule{};
    std::error_code ignored;
    rule.allowed_access =
        std::filesystem::is_directory(folder, ignored) ? READ_RIGHTS : LANDLOCK_ACCESS_FS_READ_FILE;
    rule.parent_fd = parent.get();
    if (::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
      return false;
  }
  return enforce(ruleset);
}

}  // namespace radbatch
