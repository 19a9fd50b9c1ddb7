// All workers of a run: started, fed one request at a time, watched, replaced.
//
// One thread and poll(2): nothing here blocks on a single worker, and a worker that dies or hangs costs the
// request it had, nothing else.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/worker/process.hpp"
#include "radbatch/worker/process_memory.hpp"
#include "radbatch/worker/shared_buffer.hpp"

namespace radbatch {

using Clock = std::chrono::steady_clock;

/// What a worker is asked. `buffer` travels by id; its descriptor goes along the first time only.
struct WorkerRequest {
  Json body;  ///< at least {"op"}
  const SharedBuffer* buffer = nullptr;
  std::vector<int> descriptors;
  std::chrono::milliseconds limit{600000};  ///< answer within, or the worker is killed
};

struct WorkerEvent {
  enum class Kind { answer, died, timed_out } kind = Kind::answer;
  std::size_t slot = 0;
  Json answer;    ///< kind answer
  WorkerEnd end;  ///< kind died
};

/// What the process of a slot holds while it has nothing to do.
struct SlotMemory {
  ProcessMemory ready;  ///< when it had loaded what it needs
  ProcessMemory last;   ///< after one of its last answers
};

class WorkerPool {
 public:
  WorkerPool() = default;
  WorkerPool(const WorkerPool&) = delete;
  ~WorkerPool();

  /// Adds a slot whose process is started when it is first needed. `setup` is sent first to every process of
  /// the slot; if it is answered by a fault, the fault is thrown from wait().
  std::size_t add(WorkerSpec spec, Json setup);
  std::size_t size() const { return slots_.size(); }
  const std::string& role(std::size_t slot) const;
  std::size_t threads(std::size_t slot) const { return slots_.at(slot).spec.threads; }
  /// A slot of that role with nothing to do: the first whose process runs, else the first.
  std::optional<std::size_t> idle(const std::string& role) const;
  bool is_idle(std::size_t slot) const { return !slots_.at(slot).deadline; }
  /// All of them, those whose process runs first.
  std::vector<std::size_t> all_idle(const std::string& role) const;
  bool busy() const;
  bool is_busy(std::size_t slot) const { return slots_.at(slot).deadline.has_value(); }
  bool is_running(std::size_t slot) const { return slots_.at(slot).process != nullptr; }
  /// Zeros where no process runs or it is not ready.
  const SlotMemory& memory(std::size_t slot) const { return slots_.at(slot).memory; }
  /// From the start of a process of that role until it was ready, the last time; nothing when none was.
  std::optional<std::chrono::nanoseconds> setup_time(const std::string& role) const;
  /// Ends the process of a slot that has nothing to do; its next request starts another.
  void stop(std::size_t slot);
  /// Starts the process where there is none, and a fresh one where the old one has served its time
  /// (WorkerLifetime) or ran out of memory.
  void send(std::size_t slot, const WorkerRequest& request);
  /// These buffers are gone: every worker that maps one is told so with its next request.
  void forget(const std::vector<std::uint64_t>& buffers);
  /// Waits at most `limit` for events; also returns (empty) when `also` becomes readable. A worker that died
  /// or timed out is replaced at its next request. Throws Error with the worker's own fault when setup fails.
  std::vector<WorkerEvent> wait(std::chrono::milliseconds limit, int also = -1);
  /// Answers to setup, one per started role: what was loaded, what the sandbox enforces.
  const Json& facts() const { return facts_; }
  /// Process ids of the live workers: what tests kill.
  std::vector<pid_t> pids() const;

 private:
  struct Slot {
    WorkerSpec spec;
    Json setup;
    std::unique_ptr<WorkerProcess> process;
    std::set<std::uint64_t> known_buffers;
    std::vector<std::uint64_t> to_drop;
    std::optional<Clock::time_point> deadline;  ///< set while a request is under way
    bool in_setup = false;
    int setup_deaths = 0;                  ///< by a signal, one after the other
    std::optional<WorkerRequest> waiting;  ///< what to send when setup is done
    std::uint64_t next_id = 1;
    SlotMemory memory;
    Clock::time_point measured;        ///< memory.last
    Clock::time_point started;         ///< the process
    std::size_t answered = 0;          ///< requests, by this process
    std::chrono::nanoseconds busy{0};  ///< this process, on requests
    Clock::time_point sent;            ///< the request under way
    bool is_exhausted = false;         ///< it ran out of memory: what it holds would starve the next case
  };

  void start(Slot& slot);
  void take_setup(std::size_t index, Json body, std::vector<WorkerEvent>& events);
  static void measure(Slot& slot);
  static bool has_served(const Slot& slot);
  bool post(Slot& slot, const WorkerRequest& request);
  void collect(std::size_t index, std::vector<WorkerEvent>& events);
  void take_message(std::size_t index, Json body, std::vector<WorkerEvent>& events);
  void retire(std::size_t index, WorkerEvent::Kind kind, std::vector<WorkerEvent>& events);

  std::vector<Slot> slots_;
  std::vector<WorkerEvent> pending_;
  Json facts_ = Json::object();
  std::map<std::string, std::chrono::nanoseconds> setup_times_;
};

/// Throws the Error that an answer's "fault" describes (a fault of the run); returns for other answers.
void throw_fault(const Json& answer);

}  // namespace radbatch
