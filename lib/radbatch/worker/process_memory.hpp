// What a process holds, as the kernel counts it: the budget of a run is kept by measuring, not by trusting
// what a worker says of itself.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace radbatch {

/// Bytes in memory, of one moment; `peak_bytes` since the process began.
struct ProcessMemory {
  std::uint64_t private_bytes = 0;  ///< nobody else has them: heap, stacks
  std::uint64_t file_bytes = 0;     ///< of mapped files: libraries, which processes of one role share
  std::uint64_t shared_bytes = 0;   ///< shared buffers that it has touched; the tool counts each buffer once
  std::uint64_t peak_bytes = 0;     ///< most of the three together

  std::uint64_t resident_bytes() const { return private_bytes + file_bytes + shared_bytes; }
  /// The most that it has held for itself, taken that libraries and buffers, once touched, stay.
  std::uint64_t peak_private_bytes() const;
};

/// The text of /proc/PID/status. Nothing when a line is missing: a process that has ended holds no memory.
std::optional<ProcessMemory> memory_in_status(std::string_view text);
/// Of a process of the same machine; nothing when there is none.
std::optional<ProcessMemory> memory_of(pid_t pid);

}  // namespace radbatch
