// What a sitting costs and how fast it goes: for the progress line, the log and run.json.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/outcome.hpp"

namespace radbatch {

/// A case's line in a log for machines. No detail: it may name files.
Event case_event(const CaseOutcome& outcome);

class RunMeter {
 public:
  /// `cpus`: processors that the run may use.
  explicit RunMeter(std::size_t cpus) : cpus_(cpus) {}

  /// The workers are ready and the cases are known: what came before is the time to start.
  void begin_cases() { start_s_ = elapsed(); }
  /// A case that this sitting finished; `input_bytes` is the size of its files.
  void finished(const CaseOutcome& outcome, std::uint64_t input_bytes);
  /// Looks at the memory of this process and its workers, at most every two seconds.
  void look(const std::vector<pid_t>& workers);
  /// Adds rate, reasons and busy shares to how far the run is.
  void describe(Progress& progress) const;
  /// For the sitting's entry in run.json: {"wall_s", "start_s", "cpu_s", "peak_memory_bytes", "input_bytes",
  /// "cases_per_s", "stages": {"prepare": {"requests", "seconds", "busy"}}, "reasons": {"E_IO": 2}}. `busy`
  /// is the stage's time over that of all processors. Memory is proportional set size (pages shared by
  /// processes counted once), sampled: a peak between two looks may be missed.
  Json facts(const std::vector<pid_t>& workers) const;

 private:
  struct Stage {
    std::size_t requests = 0;
    double seconds = 0;
  };
  double elapsed() const;
  double busy(const Stage& stage) const;

  std::size_t cpus_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point looked_{};
  double start_s_ = 0;
  std::size_t finished_ = 0;
  std::uint64_t input_bytes_ = 0, peak_bytes_ = 0;
  std::map<std::string, Stage> stages_;
  std::map<std::string, std::size_t> reasons_;
};

}  // namespace radbatch
