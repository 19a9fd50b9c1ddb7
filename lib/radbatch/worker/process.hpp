// One worker process: started with limits, talked to over a socket, never trusted.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/worker/channel.hpp"

namespace radbatch {

/// Kernel limits of a worker; 0 means none.
struct WorkerLimits {
  std::uint64_t address_space_bytes = 0;  ///< RLIMIT_AS
  std::uint64_t data_bytes = 0;  ///< RLIMIT_DATA: private memory without shared buffers and libraries
};

struct WorkerSpec {
  std::string role;  ///< "image" or "classify"
  std::filesystem::path executable;
  std::vector<std::string> arguments;
  WorkerLimits limits;
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
  /// Kills it if it still runs, waits, and tells how it ended.
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
