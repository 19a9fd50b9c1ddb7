// What the scheduler is busy with at a moment: for progress, estimates and run.json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace radbatch {

/// Of all workers of one role.
struct RoleLoad {
  std::size_t slots = 0;     ///< processes that there may be
  std::size_t running = 0;   ///< that there are
  std::size_t busy = 0;      ///< with a request under way, or loading
  std::size_t waiting = 0;   ///< requests that no worker has yet
  std::size_t requests = 0;  ///< answered since the scheduler began
  double busy_seconds = 0;   ///< from sending to answer, of all of those; start and loading included
};

struct ScheduleLoad {
  std::map<std::string, RoleLoad> roles;
  std::size_t cpus = 0;            ///< threads that may work at a time
  std::size_t threads_busy = 0;    ///< that do
  std::size_t known = 0;           ///< cases seen ahead
  std::size_t under_way = 0;       ///< cases with a request sent or about to be
  std::uint64_t held_bytes = 0;    ///< of the process tree: measured, and charged for requests under way
  std::uint64_t buffer_bytes = 0;  ///< of them in shared buffers
  std::uint64_t limit_bytes = 0;   ///< --max-ram
};

}  // namespace radbatch
