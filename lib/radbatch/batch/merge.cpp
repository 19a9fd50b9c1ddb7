#include "radbatch/batch/merge.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/assemble.hpp"
#include "radbatch/batch/case_filter.hpp"
#include "radbatch/batch/journal_reader.hpp"
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
    if (!run.outcomes.contains(one.id)) continue;
    if (run.outcomes.at(one.id).fingerprint != fingerprint(one, run.found.records))
      run.outcomes.erase(one.id);
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

/// "shard 0 of 2 saw 100 cases, the last scan 90": shards whose last sitting worked on another cohort than
/// the one that was scanned last. That one may lack cases which only they saw (a mount that was half there),
/// and then the results would look complete without them.
std::string other_cohorts(const RestoredRun& run, const RunFolder& folder) {
  std::error_code missing;
  const bool is_stream = !std::filesystem::exists(folder.index_file(), missing);
  if (is_stream || run.sittings.empty()) return {};
  const std::string cohort = cohort_sha256(ids_of(run.taken));
  const std::size_t count = run.sittings.back().at("shard").at("count").get<std::size_t>();
  std::vector<std::string> others;
  for (std::size_t index = 0; index < count; ++index) {
    const std::optional<Json> last = last_sitting(run.sittings, {index, count});
    if (!last || last->value("cohort_sha256", cohort) == cohort) continue;
    const bool is_told = last->contains("cases");
    others.push_back("shard " + std::to_string(index) + " of " + std::to_string(count) + " saw " +
                     (is_told ? counted(last->at("cases").get<std::size_t>(), "case") : "other cases"));
  }
  return others.empty() ? "" : join(others, ", ") + ", the last scan " + counted(run.taken.size(), "case");
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
  if (const std::string others = other_cohorts(run, folder); !others.empty()) {
    throw Error(
        ExitCode::usage, printable(out.string()) + " holds results of different cohorts: " + others,
        "see that the input is all there and run these shards again with the same options: they do what "
        "is missing, or only take note; then merge again");
  }
  Sitting sitting;
  sitting.started = sitting.ended = utc_now();
  assemble(*run.tool, {folder, run.taken, run.found.records, run.outcomes},
           {run.found.cohort.unassigned, run.files_in_cases}, folder.patient_key_secret({}), sitting);
  Archives::remove_unpacked(folder);
  std::size_t unfinished = 0;
  for (const Case& one : run.taken) {
    const Status status = run.outcomes.status(one.id);
    unfinished += status == Status::done || status == Status::skipped ? 0 : 1;
  }
  reporter.info(counted(run.taken.size(), "case") + " merged, " + std::to_string(unfinished) +
                " without result");
  return static_cast<int>(unfinished == 0 ? ExitCode::ok : ExitCode::cases);
}

}  // namespace radbatch
