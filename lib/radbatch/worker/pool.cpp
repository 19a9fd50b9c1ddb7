#include "radbatch/worker/pool.hpp"

#include <poll.h>
#include <signal.h>

#include <algorithm>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace {

// Loading a large model from cold network storage may take minutes; a case may not.
constexpr std::chrono::minutes SETUP_LIMIT{15};
// The kernel takes some 20 us to tell what a process holds; peaks in between are kept by the kernel.
constexpr std::chrono::milliseconds MEASURE_EVERY{50};

Json with_buffer(const WorkerRequest& request, std::uint64_t id, bool fresh) {
  Json body = request.body;
  body["id"] = id;
  if (request.buffer) {
    body["buffer"] = {{"id", request.buffer->id}, {"bytes", request.buffer->bytes}, {"new", fresh}};
  }
  return body;
}

/// A worker that cannot be made ready would cost every case: what it loads is at fault, or the installation.
Error never_ready(const std::string& role, WorkerEvent::Kind kind, const WorkerEnd& end) {
  const bool timed_out = kind == WorkerEvent::Kind::timed_out;
  const std::string how =
      timed_out ? "was not ready in time" : "ended (" + to_text(end) + ") before it was ready";
  const bool model = role == "classify" && end.signal != 0;
  return {model ? ExitCode::model : ExitCode::internal, "the " + role + " worker " + how};
}

/// A worker that says it is not confined has seen nothing untrusted yet: what it says is true.
void check_confinement(const WorkerSpec& spec, const Json& answer) {
  const Json sandbox = answer.value("sandbox", Json::object());
  if (!spec.must_be_confined ||
      (sandbox.value("seccomp", false) && sandbox.value("no_new_privileges", false)))
    return;
  throw Error(ExitCode::internal, "the " + spec.role + " worker could not be confined",
              "leave out --require-sandbox to run without");
}

}  // namespace

void throw_fault(const Json& answer) {
  if (!answer.contains("fault")) return;
  const Json& fault = answer["fault"];
  throw Error(static_cast<ExitCode>(fault.value("exit", 1)), fault.value("message", "worker fault"),
              fault.value("hint", ""));
}

WorkerPool::~WorkerPool() {
  for (Slot& slot : slots_) {  // all at once, so that they end beside each other
    if (!slot.process) continue;
    if (slot.deadline) {
      ::kill(slot.process->pid(), SIGKILL);  // nobody waits for its answer
    } else {
      slot.process->leave();
    }
  }
}

std::size_t WorkerPool::add(WorkerSpec spec, Json setup) {
  Slot slot;
  slot.spec = std::move(spec);
  slot.setup = std::move(setup);
  slots_.push_back(std::move(slot));
  return slots_.size() - 1;
}

const std::string& WorkerPool::role(std::size_t slot) const {
  return slots_.at(slot).spec.role;
}

std::vector<std::size_t> WorkerPool::all_idle(const std::string& role) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].spec.role == role && !slots_[i].deadline) found.push_back(i);
  }
  std::ranges::stable_partition(found, [&](std::size_t i) { return slots_[i].process != nullptr; });
  return found;
}

std::optional<std::size_t> WorkerPool::idle(const std::string& role) const {
  const std::vector<std::size_t> found = all_idle(role);
  return found.empty() ? std::nullopt : std::optional(found.front());
}

std::optional<std::chrono::nanoseconds> WorkerPool::setup_time(const std::string& role) const {
  const auto known = setup_times_.find(role);
  return known == setup_times_.end() ? std::nullopt : std::optional(known->second);
}

void WorkerPool::stop(std::size_t index) {
  Slot& slot = slots_.at(index);
  if (slot.deadline) throw Error(ExitCode::internal, "a worker that is busy cannot be stopped");
  slot.process.reset();
  slot.memory = {};
}

void WorkerPool::measure(Slot& slot) {
  const Clock::time_point now = Clock::now();
  if (now - slot.measured < MEASURE_EVERY) return;
  slot.measured = now;
  slot.memory.last = memory_of(slot.process->pid()).value_or(ProcessMemory());
}

bool WorkerPool::busy() const {
  return std::ranges::any_of(slots_, [](const Slot& slot) { return slot.deadline.has_value(); });
}

std::vector<pid_t> WorkerPool::pids() const {
  std::vector<pid_t> ids;
  for (const Slot& slot : slots_) {
    if (slot.process) ids.push_back(slot.process->pid());
  }
  return ids;
}

void WorkerPool::start(Slot& slot) {
  slot.process = std::make_unique<WorkerProcess>(slot.spec);
  slot.known_buffers.clear();
  slot.to_drop.clear();
  slot.memory = {};
  slot.measured = {};
  slot.started = Clock::now();
  slot.answered = 0;
  slot.busy = {};
  slot.is_exhausted = false;
  slot.in_setup = true;
  Json setup = slot.setup;
  setup["op"] = "setup";
  setup["id"] = 0;
  // A failed send means that the process died at once; wait() finds that out.
  slot.process->channel().send(setup);
}

bool WorkerPool::post(Slot& slot, const WorkerRequest& request) {
  const bool fresh = request.buffer && slot.known_buffers.insert(request.buffer->id).second;
  std::vector<int> descriptors;
  if (fresh) descriptors.push_back(request.buffer->fd.get());
  descriptors.insert(descriptors.end(), request.descriptors.begin(), request.descriptors.end());
  Json body = with_buffer(request, slot.next_id++, fresh);
  if (!slot.to_drop.empty()) body["drop"] = std::exchange(slot.to_drop, {});
  return slot.process->channel().send(body, descriptors);
}

void WorkerPool::forget(const std::vector<std::uint64_t>& buffers) {
  for (Slot& slot : slots_) {
    for (std::uint64_t id : buffers) {
      if (slot.known_buffers.erase(id) > 0) slot.to_drop.push_back(id);
    }
  }
}

bool WorkerPool::has_served(const Slot& slot) {
  const WorkerLifetime& lifetime = slot.spec.lifetime;
  return slot.is_exhausted || (lifetime.requests > 0 && slot.answered >= lifetime.requests) ||
         (lifetime.busy.count() > 0 && slot.busy >= lifetime.busy);
}

void WorkerPool::send(std::size_t index, const WorkerRequest& request) {
  Slot& slot = slots_.at(index);
  slot.deadline = Clock::now() + request.limit;
  slot.sent = Clock::now();
  // Asks for what this very process holds: a tensor, or an archive that is open.
  const std::string op = request.body.value("op", "");
  const bool goes_on = op == "take" || (op == "unpack" && !request.body.value("begin", true));
  if (slot.process && !slot.in_setup && !goes_on && has_served(slot)) slot.process.reset();
  if (!slot.process) start(slot);
  if (slot.in_setup) {
    slot.deadline = Clock::now() + SETUP_LIMIT;
    slot.waiting = request;
  } else if (!post(slot, request)) {
    retire(index, WorkerEvent::Kind::died, pending_);
  }
}

void WorkerPool::take_setup(std::size_t index, Json body, std::vector<WorkerEvent>& events) {
  Slot& slot = slots_[index];
  throw_fault(body);
  if (body.contains("error"))
    throw Error(ExitCode::internal, body["error"].value("detail", "worker setup failed"));
  check_confinement(slot.spec, body);
  measure(slot);
  slot.memory.ready = slot.memory.last;
  body.erase("id");
  body["memory"] = {{"peak_bytes", slot.memory.ready.peak_bytes},
                    {"resident_bytes", slot.memory.ready.resident_bytes()}};
  facts_[slot.spec.role]["setup"] = std::move(body);
  slot.in_setup = false;
  slot.setup_deaths = 0;
  setup_times_[slot.spec.role] = Clock::now() - slot.started;
  const std::optional<WorkerRequest> waiting = std::exchange(slot.waiting, std::nullopt);
  if (!waiting) return;
  slot.sent = Clock::now();
  slot.deadline = slot.sent + waiting->limit;
  if (!post(slot, *waiting)) retire(index, WorkerEvent::Kind::died, events);
}

void WorkerPool::take_message(std::size_t index, Json body, std::vector<WorkerEvent>& events) {
  Slot& slot = slots_[index];
  if (body.value("op", "") == "hello") {
    facts_[slot.spec.role]["hello"] = body;
    return;
  }
  if (slot.in_setup) return take_setup(index, std::move(body), events);
  if (!slot.deadline || body.value("id", std::uint64_t{0}) != slot.next_id - 1) {
    throw Error(ExitCode::internal, "an answer that nobody asked for");  // it would count for another case
  }
  slot.deadline.reset();
  measure(slot);
  ++slot.answered;
  slot.busy += Clock::now() - slot.sent;
  // What it did between requests counts for its lifetime too: its processor time is limited.
  slot.busy += std::chrono::milliseconds(
      std::clamp<std::int64_t>(body.value("ahead_ms", std::int64_t{0}), 0, 3'600'000));
  slot.is_exhausted = body.contains("error") && body["error"].is_object() &&
                      body["error"].value("code", Json()) == code(Reason::out_of_memory);
  events.push_back({WorkerEvent::Kind::answer, index, std::move(body), {}});
}

void WorkerPool::collect(std::size_t index, std::vector<WorkerEvent>& events) {
  try {
    while (slots_[index].process) {
      std::optional<Message> message = slots_[index].process->channel().poll();
      if (!message) break;
      take_message(index, std::move(message->body), events);
    }
  } catch (const Json::exception&) {
    retire(index, WorkerEvent::Kind::died,
           events);  // an answer of the wrong shape: not to be trusted further
    return;
  } catch (const Error& problem) {
    const bool bad_frame = problem.exit_code() == ExitCode::internal && !slots_[index].in_setup;
    if (!bad_frame) throw;
    retire(index, WorkerEvent::Kind::died, events);
    return;
  }
  if (slots_[index].process && slots_[index].process->channel().closed()) {
    retire(index, WorkerEvent::Kind::died, events);
  }
}

void WorkerPool::retire(std::size_t index, WorkerEvent::Kind kind, std::vector<WorkerEvent>& events) {
  Slot& slot = slots_[index];
  const bool had_work = slot.deadline.has_value();
  const bool in_setup = std::exchange(slot.in_setup, false);
  slot.waiting.reset();
  slot.deadline.reset();
  if (kind == WorkerEvent::Kind::timed_out) ::kill(slot.process->pid(), SIGKILL);
  const WorkerEnd end = slot.process->end();
  slot.process.reset();
  slot.memory = {};
  const bool timed_out = kind == WorkerEvent::Kind::timed_out;
  if (in_setup && (timed_out || end.signal == 0 || ++slot.setup_deaths > 1))
    throw never_ready(slot.spec.role, kind, end);
  if (had_work) events.push_back({kind, index, Json(), end});
}

std::vector<WorkerEvent> WorkerPool::wait(std::chrono::milliseconds limit, int also) {
  std::vector<WorkerEvent> events = std::exchange(pending_, {});
  if (!events.empty()) return events;
  std::vector<pollfd> watched;
  std::vector<std::size_t> owners;
  Clock::time_point wake = Clock::now() + limit;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].process) continue;
    watched.push_back({slots_[i].process->channel().fd(), POLLIN, 0});
    owners.push_back(i);
    if (slots_[i].deadline) wake = std::min(wake, *slots_[i].deadline);
  }
  if (also >= 0) watched.push_back({also, POLLIN, 0});
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake - Clock::now()).count();
  ::poll(watched.data(), watched.size(), static_cast<int>(std::max<long>(left, 0)));
  for (std::size_t w = 0; w < owners.size(); ++w) {
    const std::size_t index = owners[w];
    if (watched[w].revents != 0) collect(index, events);
    const Slot& slot = slots_[index];
    if (slot.process && slot.deadline && *slot.deadline <= Clock::now()) {
      retire(index, WorkerEvent::Kind::timed_out, events);
    }
  }
  return events;
}

}  // namespace radbatch
