#include "radbatch/batch/run_lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <thread>
#include <vector>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/json.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::seconds RENEW_EVERY{30};
constexpr std::chrono::seconds STALE_AFTER{120};
/// For a process that signed later to see the earlier sign and leave.
constexpr std::chrono::seconds PATIENCE{2};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// State and start time (clock ticks after boot) of a process, from /proc/<pid>/stat (proc(5), fields 3 and
/// 22); empty when it cannot be looked at.
std::vector<std::string> process_facts(const std::string& pid) {
  std::string text;
  try {
    text = read_file("/proc/" + pid + "/stat");
  } catch (const Error&) {
    return {};
  }
  // The name in parentheses may hold anything, parentheses too.
  const std::size_t end = text.rfind(')');
  if (end == std::string::npos || end + 2 >= text.size()) return {};
  const std::vector<std::string> fields = split(text.substr(end + 2), ' ');
  return fields.size() < 20 ? std::vector<std::string>() : std::vector{fields[0], fields[19]};
}

std::string start_time(const std::string& pid) {
  const std::vector<std::string> facts = process_facts(pid);
  return facts.empty() || facts[0] == "Z" || facts[0] == "X" ? "" : facts[1];
}

/// Where process ids mean the same: this boot of this machine, and the container when there is one. Two
/// machines may share a name.
std::string place() {
  std::error_code hidden;
  const std::string space = fs::read_symlink("/proc/self/ns/pid", hidden).string();
  try {
    return read_file("/proc/sys/kernel/random/boot_id").substr(0, 36) + " " + space;
  } catch (const Error&) {
    return {};
  }
}

std::int64_t since_boot_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

Json own_sign(const Shard& shard) {
  return {{"pid", ::getpid()},
          {"host", host_name()},
          {"place", place()},
          {"started", start_time("self")},
          {"signed_ns", since_boot_ns()},
          {"shard", {shard.index, shard.count}},
          {"slurm_job", environment("SLURM_JOB_ID")},
          {"slurm_restarts", environment("SLURM_RESTART_COUNT")}};
}

std::string who(const Json& sign) {
  const std::string job = sign.value("slurm_job", "");
  return "process " + std::to_string(sign.value("pid", 0)) + " on host " + sign.value("host", "") +
         (job.empty() ? "" : " (Slurm job " + job + ")");
}

enum class Owner { alive, gone, unknown };

Owner owner_of(const Json& sign) {
  const std::string where = place();
  if (where.empty() || sign.value("place", "") != where) return Owner::unknown;
  const auto pid = sign.at("pid").get<pid_t>();
  if (::kill(pid, 0) != 0 && errno == ESRCH) return Owner::gone;
  if (process_facts(std::to_string(pid)).empty()) return Owner::unknown;  // another user's, and hidden
  const std::string started = start_time(std::to_string(pid));
  return !started.empty() && started == sign.value("started", "") ? Owner::alive : Owner::gone;
}

/// Slurm puts a job back into the queue only after it gave up its former processes.
bool is_own_former_self(const Json& sign) {
  const std::string job = environment("SLURM_JOB_ID");
  if (job.empty() || job != sign.value("slurm_job", "")) return false;
  const auto restarts = [](const std::string& text) { return std::atoi(text.c_str()); };
  return restarts(environment("SLURM_RESTART_COUNT")) > restarts(sign.value("slurm_restarts", ""));
}

struct Sign {
  fs::path file;
  Json content;
  Owner owner;
};

/// All of the run but the one in `own`.
std::vector<Sign> signs_in(const fs::path& journal, const fs::path& own) {
  std::vector<Sign> signs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(journal, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("lock-") || !name.ends_with(".json") || entry.path() == own) continue;
    try {
      const Json content = read_json_file(entry.path());
      signs.push_back({entry.path(), content, owner_of(content)});
    } catch (const std::exception&) {
      continue;  // taken down while we looked
    }
  }
  return signs;
}

bool concerns(const Sign& sign, const Shard& shard) {
  return sign.content.value("shard", Json()) == Json{shard.index, shard.count} &&
         !is_own_former_self(sign.content);
}

std::optional<Json> live_writer(const fs::path& journal, const Shard& shard, const fs::path& own) {
  for (const Sign& sign : signs_in(journal, own)) {
    if (sign.owner == Owner::alive && concerns(sign, shard)) return sign.content;
  }
  return std::nullopt;
}

/// Those of processes of this machine that were killed.
void remove_left_signs(const fs::path& journal, const fs::path& own) {
  std::error_code gone;
  for (const Sign& sign : signs_in(journal, own)) {
    if (sign.owner == Owner::gone) fs::remove(sign.file, gone);
  }
}

Error second_writer(const Json& sign, const Shard& shard) {
  const std::string part = shard.count == 1 ? ""
                                            : "shard " + std::to_string(shard.index) + " of " +
                                                  std::to_string(shard.count) + " of ";
  const std::string pid = std::to_string(sign.value("pid", 0));
  return {ExitCode::usage, who(sign) + " is at work on " + part + "this run",
          "wait for it, or stop it with kill " + pid +
              " and run the same command again, which goes on from there; other shards may run beside it"};
}

}  // namespace

void refuse_second_writer(const fs::path& journal, const Shard& shard) {
  if (const auto sign = live_writer(journal, shard, {})) throw second_writer(*sign, shard);
}

RunLock::RunLock(const fs::path& journal, const Shard& shard)
    : folder_(journal),
      file_(journal / ("lock-" + host_name() + "-" + std::to_string(::getpid()) + ".json")),
      shard_(shard) {
  const Json own = own_sign(shard);
  write_file_atomically(file_, canonical(own) + "\n");
  remove_left_signs(folder_, file_);
  // Each signs before it looks, so at least one sees the other. The later one leaves at once; one that signed
  // earlier waits for that, because the other may have looked too soon and be at work.
  const auto deadline = std::chrono::steady_clock::now() + PATIENCE;
  while (const auto sign = live_writer(folder_, shard_, file_)) {
    const bool is_earlier = std::pair(sign->value("signed_ns", std::int64_t{0}), sign->value("pid", 0)) <
                            std::pair(own["signed_ns"].get<std::int64_t>(), own["pid"].get<int>());
    if (is_earlier || std::chrono::steady_clock::now() > deadline) {
      std::error_code ignored;
      fs::remove(file_, ignored);
      throw second_writer(*sign, shard_);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

RunLock::~RunLock() {
  std::error_code ignored;
  fs::remove(file_, ignored);
}

std::string RunLock::other() const {
  std::error_code error;
  const fs::file_time_type now = fs::last_write_time(file_, error);
  for (const Sign& sign : signs_in(folder_, file_)) {
    if (sign.owner != Owner::unknown || !concerns(sign, shard_)) continue;
    std::error_code gone;
    const fs::file_time_type renewed = fs::last_write_time(sign.file, gone);
    if (!gone && now - renewed <= STALE_AFTER) return who(sign.content);
  }
  return {};
}

void RunLock::beat() {
  const auto now = std::chrono::steady_clock::now();
  if (now - renewed_ < RENEW_EVERY) return;
  renewed_ = now;
  ::utimensat(AT_FDCWD, file_.c_str(), nullptr, 0);
}

}  // namespace radbatch
