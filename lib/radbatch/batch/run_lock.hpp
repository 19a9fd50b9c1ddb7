// A sign on the door: this process works on this part of this run. Advisory: two writers of one case cost
// work, never correctness, so another run is named and not refused.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "radbatch/batch/run_options.hpp"

namespace radbatch {

class RunLock {
 public:
  /// Hangs up the sign in the run's `journal` folder.
  RunLock(const std::filesystem::path& journal, const Shard& shard);
  /// Takes it down; a process that was killed leaves it to grow stale.
  ~RunLock();
  RunLock(const RunLock&) = delete;

  /// "process 17 on host n3 (Slurm job 42)" when another process holds a fresh sign for this shard, else
  /// empty. Fresh is judged by the file system's own clock, which may differ from this machine's.
  std::string other() const;
  /// Renews the sign every half minute; call it often.
  void beat();

 private:
  std::filesystem::path folder_, file_;
  Shard shard_;
  std::chrono::steady_clock::time_point renewed_ = std::chrono::steady_clock::now();
};

}  // namespace radbatch
