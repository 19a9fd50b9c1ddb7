#include "radbatch/batch/assemble.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/batch/case_tables.hpp"
#include "radbatch/store/data_package.hpp"
#include "radbatch/study/case_id.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

Json file_counts(const RunRecord& run, const FoundFiles& found) {
  std::size_t in_run = 0;
  for (const Case& one : run.cases) in_run += one.files.size();
  Json unassigned = Json::object();
  for (const UnassignedFile& stray : found.unassigned) {
    const std::string reason(code(stray.reason));
    unassigned[reason] = unassigned.value(reason, 0) + 1;
  }
  return {{"found", run.records.size()},
          {"in_cases", in_run},
          {"left_out_by_options", found.in_cases - in_run},
          {"unassigned", unassigned}};
}

Json status_counts(const RunRecord& run) {
  Json counts = Json::object();
  for (const Case& one : run.cases) {
    const std::string status(name(run.outcomes.status(one.id)));
    counts[status] = counts.value(status, 0) + 1;
  }
  return counts;
}

std::string processor() {
  std::ifstream facts("/proc/cpuinfo");
  for (std::string line; std::getline(facts, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

Json to_json(const Sitting& sitting) {
  utsname system{};
  ::uname(&system);
  Json json{{"started", sitting.started},     {"ended", sitting.ended},      {"host", system.nodename},
            {"system", system.release},       {"cpu", processor()},          {"workers", sitting.workers},
            {"processed", sitting.processed}, {"exit", sitting.exit_status}, {"version", version()},
            {"git_revision", git_revision()}};
  json.update(sitting.facts);
  return json;
}

/// The command names input paths, which may be patients' names: it stays private.
void keep_command(const RunFolder& folder, const Sitting& sitting) {
  const fs::path path = folder.private_folder() / "commands.ndjson";
  std::error_code missing;
  const std::string before = fs::exists(path, missing) ? read_file(path) : std::string();
  write_file_atomically(
      path, before + canonical({{"started", sitting.started}, {"command", sitting.command}}) + "\n");
}

void write_run_json(const Tool& tool, const RunRecord& run, const FoundFiles& found, const Sitting& sitting) {
  const fs::path path = run.folder.root() / "run.json";
  Json sittings = Json::array();
  std::error_code missing;
  if (fs::exists(path, missing)) sittings = read_json_file(path).value("sittings", Json::array());
  if (sitting.processed > 0 || sittings.empty()) {
    sittings.push_back(to_json(sitting));
    keep_command(run.folder, sitting);
  }
  const Json identity = run.folder.identity();
  std::vector<std::string> ids;
  for (const Case& one : run.cases) ids.push_back(one.id);
  write_file_atomically(path, pretty({{"format_version", "1.0"},
                                      {"tool", tool.name()},
                                      {"version", version()},
                                      {"git_revision", git_revision()},
                                      {"model", tool.model()},
                                      {"plan", identity.value("plan", Json())},
                                      {"plan_sha256", identity.value("plan_sha256", Json())},
                                      {"identity", identity},
                                      {"cohort_sha256", cohort_sha256(ids)},
                                      {"counts", status_counts(run)},
                                      {"files", file_counts(run, found)},
                                      {"sittings", sittings}}));
}

/// Writes one table and returns its entry of datapackage.json.
TableFile write_table(const RunFolder& folder, const NamedTable& named) {
  const std::string csv = to_csv(named.table);
  write_file_atomically(folder.root() / named.file, csv);
  return describe_table(named.file, named.description, named.table, csv, named.primary_key);
}

/// The same of a table that is made in parts.
TableFile write_parts(const RunRecord& run, const std::string& file, const std::string& description,
                      const std::function<Table(const RunRecord&)>& make) {
  const CsvText csv = csv_in_parts(run, make);
  write_file_atomically(run.folder.root() / file, csv.text);
  return describe_table(file, description, Table(csv.columns), csv.text);
}

std::vector<TableFile> write_scan_tables(const RunRecord& run) {
  return {write_parts(run, "studies.csv", "what the scan found, per study", studies_rows),
          write_parts(run, "series.csv", "what the scan found, per image", series_rows)};
}

void write_private_tables(const RunRecord& run, std::span<const UnassignedFile> unassigned,
                          const std::string& secret) {
  const fs::path folder = run.folder.private_folder();
  const auto linkage = [&](const RunRecord& part) { return linkage_table(part, secret); };
  write_file_atomically(folder / "linkage.csv", csv_in_parts(run, linkage).text);
  write_file_atomically(folder / "unassigned.csv", to_csv(unassigned_table(run, unassigned)));
}

/// What only the outcomes say. Returns the ledger, for the tool's own files too.
NamedTable write_outcome_tables(const RunRecord& run) {
  OutcomeTables told = outcome_tables(run);
  write_table(
      run.folder,
      {"timings.csv", "wall time per case and stage; not the same twice", std::move(told.timings), {}});
  write_file_atomically(run.folder.private_folder() / "inputs.sha256", digests_text(told.digests));
  return {"cases.csv", "the ledger: every case and how it ended", std::move(told.cases), {"case_id"}};
}

}  // namespace

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

void assemble_scan(const RunFolder& folder, std::span<const FileRecord> records, const Cohort& cohort,
                   const std::string& secret) {
  const Outcomes none;
  const RunRecord run{folder, cohort.cases, records, none};
  const std::vector<TableFile> files = write_scan_tables(run);
  write_private_tables(run, cohort.unassigned, secret);
  write_file_atomically(folder.root() / "datapackage.json", pretty(datapackage_json("radbatch-scan", files)));
}

void assemble(const Tool& tool, const RunRecord& run, const FoundFiles& found, const std::string& secret,
              const Sitting& sitting) {
  std::vector<NamedTable> tables = tool.tables(run);
  tables.push_back(write_outcome_tables(run));
  std::vector<TableFile> files;
  for (const NamedTable& named : tables) files.push_back(write_table(run.folder, named));
  std::ranges::move(tool.write_long_tables(run), std::back_inserter(files));
  const std::vector<SelectionRule> rules = tool.rules();
  files.push_back(write_parts(run, "selection.csv", "every image seen, and why it was used or not",
                              [&](const RunRecord& part) { return selection_table(part, rules); }));
  std::ranges::move(write_scan_tables(run), std::back_inserter(files));
  write_private_tables(run, found.unassigned, secret);
  write_file_atomically(run.folder.root() / "datapackage.json",
                        pretty(datapackage_json("radbatch-" + tool.name(), files)));
  tool.write_results(run, tables);
  write_run_json(tool, run, found, sitting);
}

}  // namespace radbatch
