#include "radbatch/batch/run_meter.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace radbatch {
namespace {

constexpr std::chrono::seconds LOOK_EVERY{2};
/// A rate from fewer cases or seconds says nothing: the first ones wait for the model to load.
constexpr std::size_t FEWEST_CASES = 5;
constexpr double SHORTEST_S = 2;

std::string place(pid_t process, const char* file) {
  return "/proc/" + std::to_string(process) + "/" + file;
}

/// Proportional set size in bytes; 0 for a process that has ended.
std::uint64_t proportional_bytes(pid_t process) {
  std::ifstream file(place(process, "smaps_rollup"));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("Pss:")) return std::stoull(line.substr(4)) << 10;
  }
  return 0;
}

/// User and system time in seconds; 0 for a process that has ended.
double cpu_seconds_of(pid_t process) {
  std::ifstream file(place(process, "stat"));
  std::string text;
  if (!std::getline(file, text)) return 0;
  // The name in parentheses may hold anything; utime and stime are fields 14 and 15 (proc(5)).
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string word;
  for (int field = 3; field < 14; ++field) fields >> word;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// `who`: RUSAGE_SELF, or RUSAGE_CHILDREN for those that have ended.
double cpu_seconds_of_usage(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

Event case_event(const CaseOutcome& outcome) {
  return {"case",
          {{"case_id", outcome.case_id},
           {"status", name(outcome.status)},
           {"reason", outcome.reason ? Json(code(*outcome.reason)) : Json()},
           {"seconds", outcome.seconds}}};
}

double RunMeter::elapsed() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

double RunMeter::busy(const Stage& stage) const {
  const double available = elapsed() * static_cast<double>(cpus_);
  return available > 0 ? std::min(stage.seconds / available, 1.0) : 0;
}

void RunMeter::finished(const CaseOutcome& outcome, std::uint64_t input_bytes) {
  ++finished_;
  input_bytes_ += input_bytes;
  for (const auto& [name, seconds] : outcome.seconds) {
    Stage& stage = stages_[name];
    ++stage.requests;
    stage.seconds += seconds;
  }
  const bool is_fault = outcome.status == Status::refused || outcome.status == Status::failed;
  if (is_fault && outcome.reason) ++reasons_[std::string(code(*outcome.reason))];
}

void RunMeter::look(const std::vector<pid_t>& workers) {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < LOOK_EVERY) return;
  looked_ = now;
  std::uint64_t bytes = proportional_bytes(::getpid());
  for (const pid_t worker : workers) bytes += proportional_bytes(worker);
  peak_bytes_ = std::max(peak_bytes_, bytes);
}

void RunMeter::describe(Progress& progress) const {
  progress.by_reason = reasons_;
  if (finished_ < FEWEST_CASES || elapsed() < SHORTEST_S) return;
  progress.per_second = static_cast<double>(finished_) / elapsed();
  for (const auto& [name, stage] : stages_) progress.busy[name] = busy(stage);
}

Json RunMeter::facts(const std::vector<pid_t>& workers) const {
  Json stages = Json::object();
  for (const auto& [name, stage] : stages_) {
    stages[name] = {{"requests", stage.requests}, {"seconds", stage.seconds}, {"busy", busy(stage)}};
  }
  double cpu_s = cpu_seconds_of_usage(RUSAGE_SELF) + cpu_seconds_of_usage(RUSAGE_CHILDREN);
  for (const pid_t worker : workers) cpu_s += cpu_seconds_of(worker);
  return {{"wall_s", elapsed()},
          {"start_s", start_s_},
          {"cpu_s", cpu_s},
          {"peak_memory_bytes", peak_bytes_},
          {"input_bytes", input_bytes_},
          {"cases_per_s", static_cast<double>(finished_) / elapsed()},
          {"stages", stages},
          {"reasons", reasons_}};
}

}  // namespace radbatch
