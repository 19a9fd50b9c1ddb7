#include "radbatch/batch/scheduler.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/signals.hpp"

namespace radbatch {
namespace {

constexpr std::chrono::milliseconds TICK{500};

/// Of the tensor that an answer describes. What it says is checked where it is used.
std::size_t bytes_of_tensor(const Json& answer, std::size_t most) {
  std::size_t values = 1;
  for (const Json& extent : answer.value("shape", Json::array())) {
    if (!extent.is_number_unsigned() || extent.get<std::size_t>() > most) return most;
    values *= extent.get<std::size_t>();
    if (values > most / sizeof(float)) return most;
  }
  return values * sizeof(float);
}

}  // namespace

Scheduler::Scheduler(WorkerPool& pool, ScheduleLimits limits)
    : pool_(pool), limits_(limits), budget_(pool, limits.budget_bytes), dispatched_(Clock::now()) {
  limits_.cpus = std::max<std::size_t>(limits_.cpus, 1);
}

ScheduleEnd Scheduler::run(CaseFeed& feed, const OutcomeHandler& on_outcome, const Tick& tick) {
  const Clock::time_point started = Clock::now();
  for (;;) {
    if (stop_signal() != 0) return ScheduleEnd::signal;
    if (limits_.stop_after && Clock::now() - started >= *limits_.stop_after) return ScheduleEnd::stop_after;
    admit(feed);
    dispatch();
    const std::size_t before = active_.size();
    if (!collect_finished(on_outcome)) return ScheduleEnd::asked;
    tick(load());
    if (active_.empty() && window_.is_empty() && !feed.more()) return ScheduleEnd::finished;
    // A case that ended without a worker makes room at once: look, but do not wait.
    const std::chrono::milliseconds patience = active_.size() < before ? std::chrono::milliseconds(0) : TICK;
    for (const WorkerEvent& event : pool_.wait(patience, feed.more() && !window_.is_full() ? feed.fd() : -1))
      handle(event);
  }
}

ScheduleLoad Scheduler::load() const {
  ScheduleLoad load;
  for (std::size_t i = 0; i < pool_.size(); ++i) {
    RoleLoad& role = load.roles[pool_.role(i)];
    ++role.slots;
    if (pool_.is_running(i)) ++role.running;
    if (pool_.is_busy(i)) ++role.busy;
  }
  for (const Active& active : active_) {
    if (active.request && !active.slot) ++load.roles[active.request->role].waiting;
  }
  for (const auto& [role, count] : counts_) {
    load.roles[role].requests = count.requests;
    load.roles[role].busy_seconds = count.seconds;
  }
  load.cpus = limits_.cpus;
  load.threads_busy = limits_.cpus - free_threads();
  load.known = window_.size();
  load.under_way = active_.size();
  load.buffer_bytes = buffers_.bytes();
  load.held_bytes = budget_.held() + load.buffer_bytes;
  load.limit_bytes = limits_.budget_bytes;
  return load;
}

void Scheduler::admit(CaseFeed& feed) {
  while (!window_.is_full()) {
    std::unique_ptr<CaseWork> work = feed.next();
    if (!work) break;
    window_.add(std::move(work));
  }
  while (active_.size() < most_active() && !window_.is_empty()) begin(window_.take());
}

void Scheduler::begin(std::unique_ptr<CaseWork> work) {
  Active& active = active_.emplace_back();
  active.work = std::move(work);
  active.cost = active.work->cost_bytes();
  if (active.cost > limits_.budget_bytes) {
    active.work->failed(Reason::too_large, "needs about " + human_bytes(static_cast<double>(active.cost)) +
                                               ", --max-ram allows " +
                                               human_bytes(static_cast<double>(limits_.budget_bytes)));
  }
  active.request = active.work->next();
}

void Scheduler::handle(const WorkerEvent& event) {
  const auto owner =
      std::ranges::find_if(active_, [&](const Active& active) { return active.slot == event.slot; });
  if (owner == active_.end()) return;
  const std::chrono::duration<double> took = Clock::now() - owner->sent;
  owner->seconds[owner->request->body.at("op").get<std::string>()] += took.count();
  RoleCount& count = counts_[owner->request->role];
  ++count.requests;
  count.seconds += took.count();
  budget_.answered(event.slot);
  if (event.kind == WorkerEvent::Kind::answer) {
    take_answer(*owner, event.answer);
  } else {
    lost(*owner, event);
  }
}

void Scheduler::take_answer(Active& active, const Json& answer) {
  const bool image = active.request->role == "image";
  const std::size_t slot = *active.slot;
  active.slot.reset();
  try {
    if (answer.contains("needs_bytes")) {
      grow(active, slot, answer["needs_bytes"].get<std::uint64_t>());
      return;
    }
    use(active, answer);
  } catch (const Json::exception& problem) {
    active.work->failed(image ? Reason::decoder_crash : Reason::model_crash,
                        std::string("the worker's answer has the wrong form: ") + problem.what());
  } catch (const Error& problem) {
    if (!problem.reason()) throw;  // a full disk ends the run, not the case
    active.work->failed(*problem.reason(), problem.message());
  }
  active.deaths = 0;
  active.request = active.work->next();
}

void Scheduler::use(Active& active, const Json& answer) {
  const bool image = active.request->role == "image";
  if (answer.contains("error")) {
    const auto reason = find_reason(answer["error"].value("code", ""));
    active.work->failed(reason.value_or(Reason::decoder_crash), answer["error"].value("detail", ""));
  } else if (answer.contains("fault")) {
    // A full disk or a lost device is nobody's case.
    if (answer["fault"].value("exit", 1) != static_cast<int>(ExitCode::internal)) throw_fault(answer);
    active.work->failed(image ? Reason::decoder_crash : Reason::model_output,
                        answer["fault"].value("message", ""));
  } else {
    if (active.buffer && answer.contains("shape")) usual_.saw(bytes_of_tensor(answer, active.buffer->bytes));
    active.work->answered(answer, active.buffer.get());
  }
}

void Scheduler::grow(Active& active, std::size_t slot, std::uint64_t bytes) {
  if (bytes > limits_.budget_bytes) {
    throw Error(Reason::too_large, "the tensor needs " + human_bytes(static_cast<double>(bytes)));
  }
  if (!active.buffer || bytes <= active.buffer->bytes) {
    throw Error(Reason::decoder_crash, "the worker asks for a buffer that it has");  // and would ask for ever
  }
  buffers_.give_back(std::move(active.buffer));
  usual_.saw(bytes);
  if (!lease(active)) return;
  // The worker still holds the tensor: it only has to be taken.
  Json original = std::exchange(active.request->body, {{"op", "take"}});
  send(active, slot, active.threads);
  active.request->body = std::move(original);  // what a retry after a death has to ask
}

void Scheduler::lost(Active& active, const WorkerEvent& event) {
  const bool image = active.request->role == "image";
  active.slot.reset();
  if (event.kind == WorkerEvent::Kind::timed_out) {
    active.work->failed(image ? Reason::decoder_timeout : Reason::case_timeout,
                        "no answer within " + std::to_string(limits_.case_timeout.count() / 1000) + " s");
  } else if (++active.deaths < 2) {
    active.work->begin_again();
    return;  // once more, in a fresh process
  } else {
    active.work->failed(image ? Reason::decoder_crash : Reason::model_crash,
                        "the " + active.request->role + " worker died twice (" + to_text(event.end) + ")");
  }
  active.request = active.work->next();
}

bool Scheduler::collect_finished(const OutcomeHandler& on_outcome) {
  for (auto active = active_.begin(); active != active_.end();) {
    if (active->request) {
      ++active;
      continue;
    }
    CaseOutcome outcome = active->work->finish();
    outcome.seconds = active->seconds;
    buffers_.give_back(std::move(active->buffer));
    active = active_.erase(active);
    if (!on_outcome(std::move(outcome))) return false;
  }
  return true;
}

}  // namespace radbatch
