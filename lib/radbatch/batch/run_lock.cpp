#include "radbatch/batch/run_lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/json.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::seconds RENEW_EVERY{30};
constexpr std::chrono::seconds STALE_AFTER{120};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string who(const Json& sign) {
  const std::string job = sign.value("slurm_job", "");
  return "process " + std::to_string(sign.value("pid", 0)) + " on host " + sign.value("host", "") +
         (job.empty() ? "" : " (Slurm job " + job + ")");
}

}  // namespace

RunLock::RunLock(const fs::path& journal, const Shard& shard)
    : folder_(journal),
      file_(journal / ("lock-" + host_name() + "-" + std::to_string(::getpid()) + ".json")),
      shard_(shard) {
  write_file_atomically(file_, canonical({{"pid", ::getpid()},
                                          {"host", host_name()},
                                          {"shard", {shard.index, shard.count}},
                                          {"slurm_job", environment("SLURM_JOB_ID")},
                                          {"slurm_restarts", environment("SLURM_RESTART_COUNT")}}) +
                                   "\n");
}

RunLock::~RunLock() {
  std::error_code ignored;
  fs::remove(file_, ignored);
}

std::string RunLock::other() const {
  std::error_code error;
  const fs::file_time_type now = fs::last_write_time(file_, error);
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("lock-") || !name.ends_with(".json") || entry.path() == file_) continue;
    std::error_code gone;
    const fs::file_time_type renewed = fs::last_write_time(entry.path(), gone);
    if (gone || now - renewed > STALE_AFTER) continue;
    try {
      const Json sign = read_json_file(entry.path());
      // A killed process left its sign: on this host that can be seen at once.
      const bool dead =
          sign.at("host") == host_name() && ::kill(sign.at("pid").get<pid_t>(), 0) != 0 && errno == ESRCH;
      if (dead) fs::remove(entry.path(), gone);
      if (!dead && sign.at("shard") == Json{shard_.index, shard_.count}) return who(sign);
    } catch (const std::exception&) {
      continue;  // taken down while we looked
    }
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
