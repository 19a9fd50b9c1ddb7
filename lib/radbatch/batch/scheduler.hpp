// Keeps all workers fed with cases, within a budget in bytes.
//
// One thread and one loop: admit cases while the budget holds, hand requests to idle workers, take answers.
// A worker's death, time-out or nonsense ends one case at most, after one retry in a fresh process.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/batch/case_work.hpp"
#include "radbatch/worker/pool.hpp"

namespace radbatch {

/// Where cases come from: a list that is complete, or a stream that is still growing.
class CaseFeed {
 public:
  virtual ~CaseFeed() = default;
  /// The next case, or null when there is none at the moment.
  virtual std::unique_ptr<CaseWork> next() = 0;
  /// False when next() will never give another case.
  virtual bool more() const = 0;
  /// A descriptor to wait on while more() is true, or -1.
  virtual int fd() const { return -1; }
};

struct ScheduleLimits {
  std::uint64_t budget_bytes = 0;                  ///< for all cases under way together
  std::chrono::milliseconds case_timeout{600000};  ///< per request to a worker
  std::optional<std::chrono::milliseconds> stop_after;
};

enum class ScheduleEnd { finished, signal, stop_after, asked };

class Scheduler {
 public:
  using OutcomeHandler = std::function<bool(CaseOutcome)>;  ///< returns false to stop the run
  using Tick = std::function<void()>;                       ///< called at least twice a second

  Scheduler(WorkerPool& pool, ScheduleLimits limits) : pool_(pool), limits_(limits) {}
  /// Runs until the feed is exhausted or something stops it. Cases under way at a stop have no outcome.
  ScheduleEnd run(CaseFeed& feed, const OutcomeHandler& on_outcome, const Tick& tick);

 private:
  struct Active {
    std::unique_ptr<CaseWork> work;
    std::optional<WorkRequest> request;  ///< to be sent or under way
    std::optional<std::size_t> slot;     ///< set while under way
    std::optional<std::size_t> home;     ///< the worker that holds something open for it
    std::unique_ptr<SharedBuffer> buffer;
    std::uint64_t cost = 0;
    int deaths = 0;
    Clock::time_point sent;
    std::map<std::string, double> seconds;
  };

  /// Twice as many cases as workers: the next one is ready when a worker becomes idle.
  std::size_t most_active() const { return 2 * pool_.size() + 1; }
  void admit(CaseFeed& feed);
  void dispatch();
  std::optional<std::size_t> slot_for(const Active& active) const;
  void send(Active& active, std::size_t slot);
  void handle(const WorkerEvent& event);
  void take_answer(Active& active, const Json& answer);
  void use(Active& active, const Json& answer);
  void grow(Active& active, std::size_t slot, std::uint64_t bytes);
  void lost(Active& active, const WorkerEvent& event);
  bool collect_finished(const OutcomeHandler& on_outcome);

  WorkerPool& pool_;
  ScheduleLimits limits_;
  BufferPool buffers_;
  std::size_t usual_bytes_ = std::size_t{1} << 20;
  std::uint64_t under_way_bytes_ = 0;
  std::unique_ptr<CaseWork> held_;  ///< taken from the feed, waiting for budget
  std::deque<Active> active_;
};

}  // namespace radbatch
