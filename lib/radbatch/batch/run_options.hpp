// What every tool can be told about a run. Filled by the command line, or by a caller of the library.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "radbatch/base/reason.hpp"
#include "radbatch/study/cohort.hpp"
#include "radbatch/study/frame_choice.hpp"

namespace radbatch {

/// Which part of the cohort this process takes: 0 <= index < count.
struct Shard {
  std::size_t index = 0;
  std::size_t count = 1;
};

/// Which committed cases a rerun takes up again.
enum class Retry { transient, failed, all, none };

/// Stop when more than this many cases (or this share of those finished, after 100) have failed.
struct MaxFailures {
  std::size_t count = 0;
  std::optional<double> percent;
};

struct RunOptions {
  std::vector<std::string> inputs;  ///< folders, files, manifests, @list, or "-"
  bool nul_separated = false;       ///< paths on standard input end with NUL
  std::filesystem::path out;
  bool stream = false;  ///< one JSON line per case on standard output

  std::size_t cpus = 1;                       ///< processors that all of them may use together
  std::size_t jobs = 1;                       ///< image workers
  int threads = 1;                            ///< of the network
  std::uint64_t max_ram = 0;                  ///< bytes, for the whole process tree
  std::optional<std::uint64_t> max_unpacked;  ///< bytes, of one archive; nothing: by its growth
  std::string device = "cpu";
  Shard shard;

  std::vector<std::string> only, exclude;  ///< case ids, prefixes or @file
  std::optional<std::size_t> limit, sample;
  std::uint64_t seed = 0;
  Retry retry = Retry::transient;
  std::set<Status> accepted;  ///< --ok: statuses that do not make the exit status 8
  bool force = false;
  bool dry_run = false;
  std::optional<MaxFailures> max_failures;
  std::optional<std::chrono::milliseconds> stop_after;
  std::chrono::milliseconds case_timeout{600000};
  bool require_sandbox = false;

  std::vector<std::string> case_by{"StudyInstanceUID"};
  FrameChoice frames;              ///< which frames of a clip are taken
  CaseOptions cases;               ///< the rest of how files become cases; its case_by is not used
  std::filesystem::path key_file;  ///< for patient_key; empty: a key of the run's own

  std::vector<std::string> command;  ///< argv, for run.json

  CaseOptions case_options() const {
    CaseOptions all = cases;
    all.case_by = case_by;
    return all;
  }
};

/// What of the options above differs from the standard, beside case_by: for identities. Null when nothing
/// does.
Json grouping_json(const RunOptions& options);
/// And back; null leaves the standard.
void apply_grouping_json(const Json& grouping, RunOptions& options);

}  // namespace radbatch
