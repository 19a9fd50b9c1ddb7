#include "radbatch/worker/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "radbatch/base/error.hpp"
#include "radbatch/worker/server.hpp"

namespace radbatch {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// The sanitizers reserve terabytes of addresses before main(): no worker would start.
constexpr bool LIMITS_MEMORY = false;
#else
constexpr bool LIMITS_MEMORY = true;
#endif

// A healthy worker ends when its socket closes; LibTorch takes some 50 ms to leave.
constexpr int LEAVE_MS = 100;

/// Waits for the end of a child, where the kernel can tell (from 5.3 on).
void wait_for_end(pid_t pid) {
  const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) return;
  pollfd watched{process.get(), POLLIN, 0};
  while (::poll(&watched, 1, LEAVE_MS) < 0 && errno == EINTR) {
  }
}

/// Never above what the tool itself may: root could raise it.
void limit(int resource, std::uint64_t value) {
  const auto which = static_cast<__rlimit_resource>(resource);
  rlimit own{};
  if (::getrlimit(which, &own) == 0 && own.rlim_max < value) value = own.rlim_max;
  const rlimit both{value, value};
  ::setrlimit(which, &both);
}

void limit_where_asked(int resource, std::uint64_t value) {
  if (value > 0) limit(resource, value);
}

/// The hard limit is what the worker may raise its own to later.
void limit_stack(const WorkerLimits& limits) {
  limit_where_asked(RLIMIT_STACK, std::max(limits.stack_bytes, limits.stack_growth_bytes));
  rlimit own{};
  if (limits.stack_bytes == 0 || ::getrlimit(RLIMIT_STACK, &own) != 0) return;
  own.rlim_cur = std::min<rlim_t>(own.rlim_max, limits.stack_bytes);
  ::setrlimit(RLIMIT_STACK, &own);
}

void apply_limits(const WorkerLimits& limits) {
  limit(RLIMIT_CORE, 0);
  if (LIMITS_MEMORY) {
    limit_where_asked(RLIMIT_AS, limits.address_space_bytes);
    limit_where_asked(RLIMIT_DATA, limits.data_bytes);
    limit_stack(limits);
  }
  limit_where_asked(RLIMIT_CPU, limits.cpu_seconds);
  limit_where_asked(RLIMIT_NOFILE, limits.open_files);
  limit_where_asked(RLIMIT_FSIZE, limits.file_bytes);
}

/// Between fork and exec: only calls that are safe in a child of a process that may have threads.
[[noreturn]] void become_worker(const WorkerSpec& spec, char* const* arguments, int socket, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the tool died before the line above
  if (socket == WORKER_SOCKET_FD) {
    ::fcntl(socket, F_SETFD, 0);
  } else {
    ::dup2(socket, WORKER_SOCKET_FD);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // A Ctrl-C goes to the whole group; the tool decides when its workers end.
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGUSR1, SIG_IGN);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);  // standard output is for data only
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit fails with EFBIG instead
  apply_limits(spec.limits);
  // libgomp reads this at load. Waiting threads that spin take the processor from the worker that decodes the
  // next case: 22-38 ms a batch with two threads on a busy machine, 7.7 ms so.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  ::execv(spec.executable.c_str(), arguments);
  ::_exit(127);
}

std::filesystem::path tool_folder() {
  std::error_code error;
  const std::filesystem::path tool = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw Error(ExitCode::internal, "cannot find my own executable in /proc: " + error.message());
  return tool.parent_path();
}

}  // namespace

std::string to_text(const WorkerEnd& end) {
  if (end.signal == 0) return "exit status " + std::to_string(end.status);
  const char* signal = ::sigabbrev_np(end.signal);
  return "signal " + (signal ? "SIG" + std::string(signal) : std::to_string(end.signal));
}

WorkerProcess::WorkerProcess(const WorkerSpec& spec) : channel_(FileDescriptor{}) {
  if (::access(spec.executable.c_str(), X_OK) != 0) {
    throw Error(ExitCode::internal, "the worker " + spec.executable.string() + " is missing",
                "install radbatch again, or set RADBATCH_WORKERS to the folder that holds it");
  }
  auto [mine, theirs] = socket_pair();
  std::vector<std::string> words{spec.executable.string()};
  words.insert(words.end(), spec.arguments.begin(), spec.arguments.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become_worker(spec, arguments.data(), theirs.get(), parent);
  if (pid_ < 0) {
    throw Error(ExitCode::internal, std::string("cannot start a worker process: ") + std::strerror(errno));
  }
  channel_ = Channel(std::move(mine));
}

void WorkerProcess::leave() {
  channel_ = Channel(FileDescriptor{});
}

WorkerEnd WorkerProcess::end() {
  if (pid_ <= 0) return {};
  int status = 0;
  // A dead one is collected here, a stuck one is killed.
  leave();
  wait_for_end(pid_);
  if (::waitpid(pid_, &status, WNOHANG) == pid_) {
    pid_ = -1;
    return {WIFSIGNALED(status) ? WTERMSIG(status) : 0, WIFEXITED(status) ? WEXITSTATUS(status) : 0};
  }
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return {SIGKILL, 0};
}

WorkerProcess::~WorkerProcess() {
  end();
}

std::filesystem::path worker_folder() {
  if (const char* chosen = std::getenv("RADBATCH_WORKERS")) return chosen;
  return tool_folder() / "../libexec/radbatch";
}

std::filesystem::path share_folder() {
  return (tool_folder() / "../share/radbatch").lexically_normal();
}

}  // namespace radbatch
