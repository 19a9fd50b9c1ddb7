#include "radbatch/cli/values.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

Error expected(const std::string& what, const std::string& word) {
  return {ExitCode::usage, "expected " + what + ", not '" + printable(word) + "'"};
}

/// A number followed by one of the units (empty unit: 1).
double with_unit(const std::string& word, const std::map<std::string, double>& units,
                 const std::string& what) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  const auto unit = units.find(to_lower_ascii(std::string(end, word.data() + word.size())));
  if (error != std::errc() || unit == units.end() || !(value >= 0)) throw expected(what, word);
  return value * unit->second;
}

template <class T>
T choice(const std::string& word, const std::map<std::string, T>& words) {
  const auto found = words.find(word);
  if (found != words.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, value] : words) names.push_back(name);
  throw expected("one of " + join(names, ", "), word);
}

std::uint64_t slurm(const char* name) {
  const char* value = std::getenv(name);
  if (!value)
    throw Error(ExitCode::usage, std::string("auto needs a Slurm array job: ") + name + " is not set");
  return parse_count(value);
}

Shard slurm_shard() {
  const std::uint64_t step = std::getenv("SLURM_ARRAY_TASK_STEP") ? slurm("SLURM_ARRAY_TASK_STEP") : 1;
  const std::uint64_t id = slurm("SLURM_ARRAY_TASK_ID");
  const std::uint64_t first = slurm("SLURM_ARRAY_TASK_MIN");
  const std::uint64_t count = slurm("SLURM_ARRAY_TASK_COUNT");
  const std::uint64_t index = (id - first) / std::max<std::uint64_t>(step, 1);
  if (id >= first && index < count) return {index, count};
  // Two tasks of --array=2,5 would take the same part, or none.
  throw Error(ExitCode::usage,
              "auto needs a Slurm array without gaps: task " + std::to_string(id) + " is none of the " +
                  std::to_string(count) + " that begin at " + std::to_string(first),
              "submit --array=0-" + std::to_string(count - 1) + ", or give --shard I/N");
}

/// The number in a cgroup v2 file, or nothing when there is no limit.
double cgroup_limit(const char* path) {
  std::ifstream file(path);
  double value = 0;
  return file >> value ? value : INFINITY;
}

}  // namespace

std::uint64_t parse_count(const std::string& word) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) throw expected("a whole number", word);
  return value;
}

std::uint64_t parse_bytes(const std::string& word) {
  static const std::map<std::string, double> units{
      {"", 1},        {"k", 1024.},      {"m", 1048576.},      {"g", 1073741824.},     {"t", 1099511627776.},
      {"kib", 1024.}, {"mib", 1048576.}, {"gib", 1073741824.}, {"tib", 1099511627776.}};
  return static_cast<std::uint64_t>(std::min(with_unit(word, units, "a size such as 8G or 512M"), 9e18));
}

std::chrono::milliseconds parse_duration(const std::string& word) {
  static const std::map<std::string, double> units{{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
  const double seconds = with_unit(word, units, "a time such as 55m or 30s");
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(seconds, 1e9) * 1000));
}

Shard parse_shard(const std::string& word) {
  const std::vector<std::string> parts = split(word, '/');
  if (word != "auto" && parts.size() != 2) throw expected("i/n with i from 0 to n-1, or auto", word);
  const Shard shard = word == "auto" ? slurm_shard() : Shard{parse_count(parts[0]), parse_count(parts[1])};
  if (shard.count == 0 || shard.index >= shard.count) throw expected("i/n with i from 0 to n-1", word);
  return shard;
}

Retry parse_retry(const std::string& word) {
  return choice<Retry>(word, {{"transient", Retry::transient},
                              {"failed", Retry::failed},
                              {"all", Retry::all},
                              {"none", Retry::none}});
}

MaxFailures parse_max_failures(const std::string& word) {
  if (!word.ends_with('%')) return {parse_count(word), std::nullopt};
  return {0, with_unit(word.substr(0, word.size() - 1), {{"", 1}}, "a number or a percentage")};
}

OnMany parse_on_many(const std::string& word) {
  if (const auto policy = find_on_many(word)) return *policy;
  throw expected("one of " + join(on_many_names(), ", "), word);
}

Thumbnails parse_thumbnails(const std::string& word) {
  if (const auto which = find_thumbnails(word)) return *which;
  throw expected("one of none, safe, all", word);
}

std::size_t available_cpus() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  double cpus = ::sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : 1;
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  double quota = 0, period = 0;
  if (file >> quota >> period && period > 0) cpus = std::min(cpus, std::ceil(quota / period));
  return static_cast<std::size_t>(std::max(cpus, 1.0));
}

std::uint64_t half_of_memory() {
  const double machine =
      static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGE_SIZE));
  return static_cast<std::uint64_t>(std::min(machine, cgroup_limit("/sys/fs/cgroup/memory.max")) / 2);
}

}  // namespace radbatch
