// The scheduler's choice: which request goes to which worker now, on how many threads.
#include <algorithm>
#include <utility>

#include "radbatch/base/error.hpp"
#include "radbatch/batch/scheduler.hpp"

namespace radbatch {
namespace {

const std::string IMAGE = "image";
const std::string CLASSIFY = "classify";

// How often smaller cases may take the memory that a large one waits for.
constexpr std::size_t MOST_PASSED = 16;
// What is given up is made anew soon: a buffer costs 1 ms a megabyte, a process 50 ms.
constexpr std::chrono::seconds SHED_EVERY{1};

/// Reading many files and preparing a volume share their work among threads; everything else does not.
bool shares_its_work(const Json& body) {
  const std::string op = body.value("op", "");
  if (op != "prepare" && op != "convert") return false;
  if (!body.contains("source")) return true;  // several inputs
  const Json& source = body.at("source");
  return source.at("files").size() > 1 || source.at("attributes").value("dims", Json()) != 2;
}

}  // namespace

bool Scheduler::is_waiting(const Active& active, const std::string& role) const {
  return active.request && !active.slot && active.request->role == role;
}

std::size_t Scheduler::free_threads() const {
  std::size_t taken = 0;
  for (const Active& active : active_) taken += active.slot ? active.threads : 0;
  return limits_.cpus - std::min(taken, limits_.cpus);
}

void Scheduler::dispatch() {
  budget_.look();
  note_shortage();
  // Where the network needs more threads than are free, images must not take them one by one.
  if (send_to_network()) send_images();
  const auto is_under_way = [](const Active& active) { return active.slot.has_value(); };
  if (std::ranges::none_of(active_, is_under_way)) send_one_anyway();
  short_of_classifiers_ = 0;
  for (const Active& active : active_) short_of_classifiers_ += is_waiting(active, CLASSIFY) ? 1 : 0;
  const auto slot = pool_.idle(CLASSIFY);
  const std::size_t threads = slot ? std::min(pool_.threads(*slot), limits_.cpus) : limits_.cpus + 1;
  short_of_classifiers_ = std::min(short_of_classifiers_, free_threads() / threads);
}

void Scheduler::note_shortage() {
  const Clock::time_point now = Clock::now();
  time_short_ += static_cast<long>(short_of_classifiers_) * (now - dispatched_);
  dispatched_ = now;
}

/// Loading a model costs time and memory. One more is loaded when requests have waited for it for as long as
/// the loading takes: then it cannot have been in vain by more than that.
bool Scheduler::may_start_classifier() const {
  bool is_first = true;
  for (std::size_t i = 0; i < pool_.size(); ++i) {
    if (pool_.role(i) == CLASSIFY && pool_.is_running(i)) is_first = false;
  }
  if (is_first) return true;
  const auto load_time = pool_.setup_time(CLASSIFY);
  if (!load_time || time_short_ < *load_time) return false;
  std::uint64_t cost = window_.largest_cost();
  for (const Active& active : active_) cost = std::max(cost, active.cost);
  return budget_.fits_process(CLASSIFY, cost, buffers_.bytes());
}

/// False when a request waits for threads.
bool Scheduler::send_to_network() {
  for (Active& active : active_) {
    if (!is_waiting(active, CLASSIFY)) continue;
    const auto slot = pool_.idle(CLASSIFY);
    if (!slot) return true;
    const bool is_fresh = !pool_.is_running(*slot);
    if (is_fresh && !may_start_classifier()) return true;
    const std::size_t threads = std::min(pool_.threads(*slot), limits_.cpus);
    if (threads > free_threads()) return false;
    if (is_fresh) time_short_ = {};
    if (lease(active)) send(active, *slot, threads);
  }
  return true;
}

/// The idle worker for a request about images: the one that holds something open for the case, where there is
/// one, else the first. Takes it from `idle`.
std::optional<std::size_t> Scheduler::image_slot(const Active& active, std::vector<std::size_t>& idle) const {
  auto slot = idle.begin();
  if (active.request->same_worker && active.home) slot = std::ranges::find(idle, *active.home);
  if (slot == idle.end()) return std::nullopt;
  const std::size_t found = *slot;
  idle.erase(slot);
  return found;
}

void Scheduler::send_images() {
  std::vector<std::size_t> idle = pool_.all_idle(IMAGE);
  std::size_t threads = free_threads();
  std::vector<std::pair<Active*, std::size_t>> chosen;
  std::vector<Active*> too_large_now;
  for (Active& active : active_) {
    if (idle.empty() || chosen.size() == threads) break;
    if (!is_waiting(active, IMAGE)) continue;
    std::vector<std::size_t> left = idle;
    const auto slot = image_slot(active, left);
    if (!slot) continue;
    const bool is_first = chosen.empty() && too_large_now.empty();
    if (is_first ? fits_after_shedding(active, *slot) : fits(active, *slot)) {
      if (!lease(active)) continue;
      budget_.sent(*slot, active.cost);
      chosen.emplace_back(&active, *slot);
      idle = std::move(left);
      for (Active* passed : too_large_now) ++passed->passed;
    } else if (active.passed >= MOST_PASSED) {
      break;
    } else {
      too_large_now.push_back(&active);
    }
  }
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto& [active, slot] = chosen[i];
    const std::size_t left = chosen.size() - i;
    const std::size_t share = shares_its_work(active->request->body) ? (threads + left - 1) / left : 1;
    send(*active, slot, share);
    threads -= share;
  }
}

/// A case that fits alone by its headers, but not beside what the workers hold, goes when nothing else does:
/// it would wait for ever.
void Scheduler::send_one_anyway() {
  for (Active& active : active_) {
    if (!is_waiting(active, IMAGE)) continue;
    std::vector<std::size_t> idle = pool_.all_idle(IMAGE);
    const auto slot = image_slot(active, idle);
    if (!slot) continue;
    shed(*slot);
    const std::size_t threads = shares_its_work(active.request->body) ? limits_.cpus : 1;
    if (lease(active)) return send(active, *slot, threads);
  }
}

bool Scheduler::fits(const Active& active, std::size_t slot) const {
  const std::size_t usual = usual_.bytes();
  const bool is_new = active.request->needs_buffer && !active.buffer && !buffers_.has_free(usual);
  return budget_.fits(slot, active.cost, buffers_.bytes() + (is_new ? usual : 0));
}

bool Scheduler::fits_after_shedding(const Active& active, std::size_t slot) {
  if (fits(active, slot)) return true;
  if (Clock::now() - shed_ < SHED_EVERY) return false;
  shed(slot);
  return fits(active, slot);
}

/// Gives up what only waits for a next case, but for the slot that is about to have one.
void Scheduler::shed(std::size_t kept) {
  shed_ = Clock::now();
  buffers_.retire_free();
  pool_.forget(buffers_.take_retired());
  bool has_classifier = false;
  for (std::size_t i = 0; i < pool_.size(); ++i) {
    if (!pool_.is_running(i)) continue;
    const bool is_only_classifier = pool_.role(i) == CLASSIFY && !std::exchange(has_classifier, true);
    if (i != kept && !is_only_classifier && !pool_.is_busy(i)) pool_.stop(i);
  }
}

/// The case's buffer, where the request needs one. False when there is no memory: the case has failed.
bool Scheduler::lease(Active& active) {
  if (!active.request->needs_buffer || active.buffer) return true;
  try {
    active.buffer = buffers_.lease(usual_.bytes());
    pool_.forget(buffers_.take_retired());
    return true;
  } catch (const Error& problem) {
    active.work->failed(Reason::out_of_memory, problem.message());
    active.request = active.work->next();
    return false;
  }
}

void Scheduler::send(Active& active, std::size_t slot, std::size_t threads) {
  active.slot = slot;
  if (active.request->same_worker) active.home = slot;
  active.threads = threads;
  active.sent = Clock::now();
  budget_.sent(slot, active.cost);
  Json body = active.request->body;
  if (active.request->role == IMAGE && shares_its_work(body)) body["threads"] = threads;
  pool_.send(slot, {std::move(body), active.request->needs_buffer ? active.buffer.get() : nullptr,
                    active.request->descriptors, limits_.case_timeout});
}

}  // namespace radbatch
