// The tables of a run folder, made from committed outcomes: the same bytes whatever order they came in.
#pragma once

#include "radbatch/base/reporter.hpp"
#include "radbatch/batch/run_options.hpp"
#include "radbatch/batch/tool.hpp"

namespace radbatch {

/// One execution of the tool over this folder, for run.json.
struct Sitting {
  std::string started, ended;  ///< UTC, ISO 8601
  Json workers = Json::object();
  std::vector<std::string> command;
  std::size_t processed = 0;
  int exit_status = 0;
  Json facts = Json::object();  ///< Tool::sitting_facts
};

/// Where the files went that are not in `record.cases`.
struct FoundFiles {
  std::span<const UnassignedFile> unassigned;
  std::size_t in_cases = 0;  ///< of all cases, those that the options left out too
};

/// Writes cases.csv, selection.csv, studies.csv, series.csv, the tool's own tables and results,
/// private/linkage.csv, private/unassigned.csv, timings.csv, datapackage.json and run.json. A file that
/// already has its bytes is left alone. `found` is everything that was found; `record.cases` what this run
/// took of it. `sitting` is added to run.json when it processed something. Throws Error(ExitCode::output).
void assemble(const Tool& tool, const RunRecord& record, const FoundFiles& found, const std::string& secret,
              const Sitting& sitting);

/// The tables of a scan, which has no outcomes: studies.csv, series.csv, datapackage.json,
/// private/linkage.csv, private/unassigned.csv.
void assemble_scan(const RunFolder& folder, std::span<const FileRecord> records, const Cohort& cohort,
                   const std::string& secret);

/// Now, as 2026-11-22T20:15:00Z.
std::string utc_now();

}  // namespace radbatch
