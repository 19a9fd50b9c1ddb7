#include "radbatch/batch/merge.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/assemble.hpp"
#include "radbatch/batch/restore.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace {

/// A result of files that have changed since is none: their shard has to run again. The files of a stream are
/// looked at again, and may be gone for good; those of an index are as the last scan saw them.
void drop_stale(RestoredRun& run, const RunFolder& folder) {
  std::error_code missing;
  if (!std::filesystem::exists(folder.index_file(), missing)) return;
  for (const Case& one : run.taken) {
    const auto found = run.outcomes.find(one.id);
    if (found == run.outcomes.end()) continue;
    if (found->second.fingerprint != fingerprint(one, run.found.records)) run.outcomes.erase(found);
  }
}

/// "shard 2 of 4 (25 cases), shard 3 of 4 (1 case)": the parts of the cohort without results.
std::string missing_parts(const RestoredRun& run) {
  std::size_t count = 1;
  for (const Json& sitting : run.sittings)
    count = std::max(count, sitting.at("shard").at("count").get<std::size_t>());
  std::vector<std::size_t> missing(count, 0);
  for (const Case& one : run.taken) {
    if (!run.outcomes.contains(one.id)) ++missing[shard_of(one.id, count)];
  }
  std::vector<std::string> parts;
  for (std::size_t shard = 0; shard < count; ++shard) {
    if (missing[shard] == 0) continue;
    parts.push_back("shard " + std::to_string(shard) + " of " + std::to_string(count) + " (" +
                    counted(missing[shard], "case") + ")");
  }
  return join(parts, ", ");
}

}  // namespace

int merge_run(const std::filesystem::path& out, Reporter& reporter) {
  const RunFolder folder(out);
  RestoredRun run = restore_run(folder);
  drop_stale(run, folder);
  if (const std::string missing = missing_parts(run); !missing.empty()) {
    throw Error(ExitCode::usage, printable(out.string()) + " is not complete: no result of " + missing,
                "run the missing shards with the same options, then merge again");
  }
  Sitting sitting;
  sitting.started = sitting.ended = utc_now();
  assemble(*run.tool, {folder, run.taken, run.found.records, run.outcomes}, run.found.cohort,
           folder.patient_key_secret({}), sitting);
  Archives::remove_unpacked(folder);
  std::size_t unfinished = 0;
  for (const Case& one : run.taken) {
    const Status status = run.outcomes.at(one.id).status;
    unfinished += status == Status::done || status == Status::skipped ? 0 : 1;
  }
  reporter.info(counted(run.taken.size(), "case") + " merged, " + std::to_string(unfinished) +
                " without result");
  return static_cast<int>(unfinished == 0 ? ExitCode::ok : ExitCode::cases);
}

}  // namespace radbatch
