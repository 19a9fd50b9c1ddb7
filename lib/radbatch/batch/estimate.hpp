// --estimate: how long a cohort would take here, from a sample that is really classified.
//
// Cases differ in size by orders of magnitude, so the sample is stratified by the bytes that headers promise:
// the cases, sorted by that cost, are cut into equal lots and the middle one of each lot is run.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// A case that would be run, and what it needs in memory, from headers.
struct CaseCost {
  std::string case_id;
  std::uint64_t bytes = 0;
};

/// One lot of cases of like cost, and the one that stands for them.
struct Stratum {
  std::string case_id;
  std::size_t cases = 0;  ///< in the lot
};

/// At most `n` lots; the same for the same cases in any order.
std::vector<Stratum> choose_strata(std::vector<CaseCost> cases, std::size_t n);

/// What running one case of the sample took.
struct SampledCase {
  std::map<std::string, double> stage_s;  ///< wall seconds of its requests, by stage
  std::string reason;                     ///< code when it had no result
};

/// What the sample's run took as a whole.
struct SampleRun {
  std::map<std::string, SampledCase> cases;  ///< by case id
  double start_s = 0;                        ///< until the workers were ready: once per process
  double wall_s = 0;                         ///< from then on
  std::uint64_t peak_memory_bytes = 0;
  std::uint64_t disk_bytes = 0;  ///< of the run folder
  std::size_t inodes = 0;        ///< of the run folder
};

struct CohortFacts {
  std::size_t cases = 0;                         ///< all of them
  std::map<std::string, std::size_t> by_reason;  ///< those that end by their headers alone
  std::uint64_t largest_bytes = 0;               ///< cost of the largest case
  std::uint64_t max_ram = 0;
  std::uint64_t free_disk_bytes = 0;
  std::size_t cpus = 1;
};

/// The stratified estimate (Cochran, Sampling Techniques, 3rd ed., 5.3) of every stage's total time, its
/// standard error by collapsed strata (5A.12, which errs on the large side), and what follows from it:
///
/// {"cases", "to_run", "ended_by_headers": {code: n}, "sample": n, "failed_in_sample": {code: n}, "stages":
/// {"prepare": {"total_s", "per_case_s"}}, "per_case_s", "start_s", "total_s", "total_s_low", "total_s_high"
/// (95 %), "shards": {"4": seconds, ...}, "peak_memory_bytes", "largest_case_bytes", "max_ram", "disk_bytes",
/// "inodes", "free_disk_bytes"}. Wall time is stage time over the parallelism that the sample's run reached.
/// "shards" is for as many machines like this one.
Json estimate(const std::vector<Stratum>& strata, const SampleRun& run, const CohortFacts& cohort);

/// The same for people.
std::string estimate_text(const Json& estimate);

}  // namespace radbatch
