// One worker process: started with limits, talked to over a socket, never trusted.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/worker/channel.hpp"

namespace radbatch {

/// Kernel limits of a worker; 0 means none. A limit that this process has itself is never raised.
struct WorkerLimits {
  std::uint64_t address_space_bytes = 0;  ///< RLIMIT_AS
  std::uint64_t data_bytes = 0;   ///< RLIMIT_DATA: private memory without shared buffers and libraries
  std::uint64_t cpu_seconds = 0;  ///< RLIMIT_CPU: ends a worker whose tool was stopped and cannot kill it
  std::uint64_t stack_bytes = 0;  ///< RLIMIT_STACK, which also sizes the stacks of threads
  std::uint64_t stack_growth_bytes = 0;  ///< to which the worker may raise it for its main thread; 0: no more
  std::uint64_t open_files = 0;          ///< RLIMIT_NOFILE
  std::uint64_t file_bytes = 0;          ///< RLIMIT_FSIZE: of a file that the tool opened for it
};

/// When a healthy worker is replaced by a fresh process, so that what a library leaks does not add up; 0
/// means never.
struct WorkerLifetime {
  std::size_t requests = 0;
  std::chrono::milliseconds busy{0};  ///< time spent on requests
};

struct WorkerSpec {
  std::string role;  ///< "image" or "classify"
  std::filesystem::path executable;
  std::vector<std::string> arguments;
  WorkerLimits limits;
  WorkerLifetime lifetime;
  bool must_be_confined = false;  ///< --require-sandbox: an unconfined one is asked nothing
  std::size_t threads = 1;        ///< on which it does a request, where the request does not say
};

/// How a process ended: by itself with a status, or by a signal.
struct WorkerEnd {
  int signal = 0;
  int status = 0;
};
/// "signal SIGSEGV", "exit status 3"
std::string to_text(const WorkerEnd& end);

class WorkerProcess {
 public:
  /// Starts the process. All workers are started by one thread: PR_SET_PDEATHSIG follows the forking thread.
  /// Throws Error(ExitCode::internal) when the executable is missing or cannot start.
  explicit WorkerProcess(const WorkerSpec& spec);
  WorkerProcess(const WorkerProcess&) = delete;
  ~WorkerProcess();

  Channel& channel() { return channel_; }
  pid_t pid() const { return pid_; }
  /// Closes the socket, which is what ends a healthy worker, and does not wait for it.
  void leave();
  /// Waits for it to end, kills it if it does not, and tells how it ended.
  WorkerEnd end();

 private:
  pid_t pid_ = -1;
  Channel channel_;
};

/// The folder with the worker executables: ../libexec/radbatch beside the running tool, or RADBATCH_WORKERS.
std::filesystem::path worker_folder();
/// ../share/radbatch beside the running tool.
std::filesystem::path share_folder();

}  // namespace radbatch
