// Keeps all workers fed with cases, within a number of threads and a budget in bytes.
//
// One thread and one loop: look at the cases ahead, hand requests to idle workers, take answers. No more
// threads work at a time than there are processors for them: each request takes as many as its worker runs
// on. Requests to the network go first, those of the oldest case before others, for they free memory; what no
// other request could use goes to the images. So the stages share the processors by what they have to do, and
// none has a fixed part. A worker's death, time-out or nonsense ends one case at most, after one retry in a
// fresh process.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/batch/case_window.hpp"
#include "radbatch/batch/case_work.hpp"
#include "radbatch/batch/memory_budget.hpp"
#include "radbatch/batch/schedule_load.hpp"
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
  std::uint64_t budget_bytes = 0;                  ///< for tool, workers and all cases under way together
  std::chrono::milliseconds case_timeout{600000};  ///< per request to a worker
  std::optional<std::chrono::milliseconds> stop_after;
  std::size_t cpus = 1;  ///< threads that may work at a time
};

enum class ScheduleEnd { finished, signal, stop_after, asked };

class Scheduler {
 public:
  using OutcomeHandler = std::function<bool(CaseOutcome)>;  ///< returns false to stop the run
  using Tick = std::function<void(const ScheduleLoad&)>;    ///< called at least twice a second

  Scheduler(WorkerPool& pool, ScheduleLimits limits);
  /// Runs until the feed is exhausted or something stops it. Cases under way at a stop have no outcome.
  ScheduleEnd run(CaseFeed& feed, const OutcomeHandler& on_outcome, const Tick& tick);
  ScheduleLoad load() const;

 private:
  struct Active {
    std::unique_ptr<CaseWork> work;
    std::optional<WorkRequest> request;  ///< to be sent or under way
    std::optional<std::size_t> slot;     ///< set while under way
    std::optional<std::size_t> home;     ///< the worker that holds something open for it
    std::unique_ptr<SharedBuffer> buffer;
    std::uint64_t cost = 0;
    std::size_t threads = 1;  ///< that the request under way works on
    std::size_t passed = 0;   ///< how often a smaller case took the memory that this one waits for
    int deaths = 0;
    Clock::time_point sent;
    std::map<std::string, double> seconds;
  };
  struct RoleCount {
    std::size_t requests = 0;
    double seconds = 0;
  };

  /// Twice as many cases as workers: the next one is ready when a worker becomes idle.
  std::size_t most_active() const { return 2 * pool_.size() + 1; }
  void admit(CaseFeed& feed);
  void begin(std::unique_ptr<CaseWork> work);

  void dispatch();
  bool send_to_network();
  void send_images();
  void send_one_anyway();
  std::optional<std::size_t> image_slot(const Active& active, std::vector<std::size_t>& idle) const;
  void note_shortage();
  bool may_start_classifier() const;
  bool fits(const Active& active, std::size_t slot) const;
  bool fits_after_shedding(const Active& active, std::size_t slot);
  void shed(std::size_t kept);
  std::size_t free_threads() const;
  bool is_waiting(const Active& active, const std::string& role) const;
  bool lease(Active& active);
  void send(Active& active, std::size_t slot, std::size_t threads);

  void handle(const WorkerEvent& event);
  void take_answer(Active& active, const Json& answer);
  void use(Active& active, const Json& answer);
  void grow(Active& active, std::size_t slot, std::uint64_t bytes);
  void lost(Active& active, const WorkerEvent& event);
  bool collect_finished(const OutcomeHandler& on_outcome);

  WorkerPool& pool_;
  ScheduleLimits limits_;
  MemoryBudget budget_;
  BufferPool buffers_;
  UsualSize usual_;
  CaseWindow window_;
  std::deque<Active> active_;  ///< in the order in which they were begun
  std::map<std::string, RoleCount> counts_;
  std::size_t short_of_classifiers_ = 0;    ///< requests that wait for one, with threads to run it
  std::chrono::nanoseconds time_short_{0};  ///< since a process was started, of all such requests together
  Clock::time_point dispatched_, shed_{};
};

}  // namespace radbatch
