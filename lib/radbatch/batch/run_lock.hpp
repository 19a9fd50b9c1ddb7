// A sign on the door: this process works on this part of this run.
//
// Two writers of one part cost work, never correctness; a lock that outlives its owner would cost a night. So
// a second process is refused only where the first is seen to be alive: on this machine, by its id and start
// time. Of another machine there is only the heartbeat, and a job that lost its node and was requeued leaves
// a fresh one behind: there the other is named and the run goes on. A requeued Slurm job does not even mind
// its own former self.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "radbatch/batch/run_options.hpp"

namespace radbatch {

/// Throws Error(ExitCode::usage), with its process id, host and Slurm job and what to do, when a live process
/// of this machine holds a sign for this shard in the run's `journal` folder. Writes nothing.
void refuse_second_writer(const std::filesystem::path& journal, const Shard& shard);

class RunLock {
 public:
  /// Hangs up the sign. Throws as refuse_second_writer does, and takes it down again: of two that start at
  /// once one goes on.
  RunLock(const std::filesystem::path& journal, const Shard& shard);
  /// Takes it down; a process that was killed leaves it to grow stale.
  ~RunLock();
  RunLock(const RunLock&) = delete;

  /// "process 17 on host n3 (Slurm job 42)" when a process that cannot be looked at from here holds a fresh
  /// sign for this shard, else empty. Fresh is judged by the file system's own clock, which may differ from
  /// this machine's.
  std::string other() const;
  /// Renews the sign every half minute; call it often.
  void beat();

 private:
  std::filesystem::path folder_, file_;
  Shard shard_;
  std::chrono::steady_clock::time_point renewed_ = std::chrono::steady_clock::now();
};

}  // namespace radbatch
