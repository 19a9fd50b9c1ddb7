// Words of the command line as values. All throw Error(ExitCode::usage) that says what was expected.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "radbatch/base/choices.hpp"
#include "radbatch/batch/run_options.hpp"

namespace radbatch {

std::uint64_t parse_count(const std::string& word);  ///< "12"
std::uint64_t parse_bytes(const std::string& word);  ///< "8G", "512M", "1.5GiB", powers of 1024
std::chrono::milliseconds parse_duration(const std::string& word);  ///< "55m", "30s", "2h", "90" seconds
Shard parse_shard(const std::string& word);  ///< "2/8": the third of eight; "auto": from Slurm
Retry parse_retry(const std::string& word);
MaxFailures parse_max_failures(const std::string& word);  ///< "20" or "5%"
OnMany parse_on_many(const std::string& word);
Thumbnails parse_thumbnails(const std::string& word);

/// Processors this process may use, by affinity mask and cgroup quota.
std::size_t available_cpus();
/// Half of the memory that the machine and the cgroup allow, in bytes.
std::uint64_t half_of_memory();

}  // namespace radbatch
