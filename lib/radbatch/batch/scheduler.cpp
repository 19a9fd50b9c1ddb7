#include "radbatch/batch/scheduler.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/signals.hpp"

namespace radbatch {
namespace {

constexpr std::chrono::milliseconds TICK{500};

}  // namespace

ScheduleEnd Scheduler::run(CaseFeed& feed, const OutcomeHandler& on_outcome, const Tick& tick) {
  const Clock::time_point started = Clock::now();
  for (;;) {
    if (stop_signal() != 0) return ScheduleEnd::signal;
    if (limits_.stop_after && Clock::now() - started >= *limits_.stop_after) return ScheduleEnd::stop_after;
    admit(feed);
    dispatch();
    const std::size_t before = active_.size();
    if (!collect_finished(on_outcome)) return ScheduleEnd::asked;
    tick();
    if (active_.empty() && !held_ && !feed.more()) return ScheduleEnd::finished;
    // A case that ended without a worker makes room at once: look, but do not wait.
    const std::chrono::milliseconds patience = active_.size() < before ? std::chrono::milliseconds(0) : TICK;
    const bool room = !held_ && active_.size() < most_active();
    for (const WorkerEvent& event : pool_.wait(patience, feed.more() && room ? feed.fd() : -1)) handle(event);
  }
}

void Scheduler::admit(CaseFeed& feed) {
  while (active_.size() < most_active()) {
    if (!held_) held_ = feed.next();
    if (!held_) return;
    const std::uint64_t cost = held_->cost_bytes();
    if (!active_.empty() && under_way_bytes_ + cost > limits_.budget_bytes) return;
    Active& active = active_.emplace_back();
    active.work = std::move(held_);
    active.cost = cost;
    under_way_bytes_ += cost;
    if (cost > limits_.budget_bytes) {
      active.work->failed(Reason::too_large, "needs about " + human_bytes(static_cast<double>(cost)) +
                                                 ", --max-ram allows " +
                                                 human_bytes(static_cast<double>(limits_.budget_bytes)));
    }
    active.request = active.work->next();
  }
}

void Scheduler::dispatch() {
  for (Active& active : active_) {
    if (!active.request || active.slot) continue;
    if (const auto slot = slot_for(active)) send(active, *slot);
  }
}

std::optional<std::size_t> Scheduler::slot_for(const Active& active) const {
  if (!active.request->same_worker || !active.home) return pool_.idle(active.request->role);
  return pool_.is_idle(*active.home) ? active.home : std::nullopt;
}

void Scheduler::send(Active& active, std::size_t slot) {
  if (active.request->needs_buffer && !active.buffer) {
    try {
      active.buffer = buffers_.lease(usual_bytes_);
      pool_.forget(buffers_.take_retired());
    } catch (const Error& problem) {
      active.work->failed(Reason::out_of_memory, problem.message());
      active.request = active.work->next();
      return;
    }
  }
  active.slot = slot;
  if (active.request->same_worker) active.home = slot;
  active.sent = Clock::now();
  pool_.send(slot, {active.request->body, active.request->needs_buffer ? active.buffer.get() : nullptr,
                    active.request->descriptors, limits_.case_timeout});
}

void Scheduler::handle(const WorkerEvent& event) {
  const auto owner =
      std::ranges::find_if(active_, [&](const Active& active) { return active.slot == event.slot; });
  if (owner == active_.end()) return;
  const std::chrono::duration<double> took = Clock::now() - owner->sent;
  owner->seconds[owner->request->body.at("op").get<std::string>()] += took.count();
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
  usual_bytes_ = std::max<std::size_t>(usual_bytes_, bytes);
  // The worker still holds the tensor: it only has to be taken.
  const Json again = {{"op", "take"}};
  const Json original = std::exchange(active.request->body, again);
  send(active, slot);
  if (active.request) active.request->body = original;  // what a retry after a death has to ask
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
    under_way_bytes_ -= active->cost;
    buffers_.give_back(std::move(active->buffer));
    active = active_.erase(active);
    if (!on_outcome(std::move(outcome))) return false;
  }
  return true;
}

}  // namespace radbatch
