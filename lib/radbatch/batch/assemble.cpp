#include "radbatch/batch/assemble.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/base/version.hpp"
#include "radbatch/store/data_package.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/case_id.hpp"
#include "radbatch/study/cohort_tables.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

Table cases_table(const RunRecord& run) {
  Table table({{"case_id", ColumnType::text, "the case", {}, true},
               {"status", ColumnType::category, "done, skipped, refused, failed or interrupted", {}, true},
               {"reason", ColumnType::category, "stable code; see radbatch explain CODE"},
               {"detail", ColumnType::text, "what was found and what was expected"},
               {"n_files", ColumnType::integer, "files that belong to the case", {}, true},
               {"n_inputs", ColumnType::integer, "inputs of the model that were found", {}, true},
               {"missing_inputs", ColumnType::text, "inputs that were not found, separated by spaces"},
               {"content_key", ColumnType::text, "digest of input content, selection and plan"}});
  for (const Case& one : run.cases) {
    const CaseOutcome& outcome = run.outcomes.at(one.id);
    table.add_row({one.id, std::string(name(outcome.status)),
                   text_cell(outcome.reason ? std::string(code(*outcome.reason)) : ""),
                   text_cell(outcome.detail), static_cast<std::int64_t>(one.files.size()), outcome.n_inputs,
                   text_cell(join(outcome.missing_inputs, " ")), text_cell(outcome.content_key)});
  }
  return table;
}

Table selection_table(const RunRecord& run, const std::vector<SelectionRule>& rules) {
  Table table({{"case_id", ColumnType::text, "the case", {}, true},
               {"series", ColumnType::text, "SeriesInstanceUID"},
               {"instance", ColumnType::text, "SOPInstanceUID, where the image is one instance"},
               {"input", ColumnType::text, "input of the model"},
               {"selected", ColumnType::boolean, "1: this image was used", {}, true},
               {"rule", ColumnType::text, "why"},
               {"reason", ColumnType::category, "stable code"}});
  for (const Case& one : run.cases) {
    for (const Candidate& candidate : rules.empty() ? one.candidates : std::vector<Candidate>()) {
      table.add_row({one.id, text_cell(candidate.series), text_cell(candidate.instance), std::monostate{},
                     !candidate.reason.has_value(), "every image",
                     text_cell(candidate.reason ? std::string(code(*candidate.reason)) : "")});
    }
    for (const SelectionRow& row : select(one, rules).rows) {
      table.add_row({row.case_id, text_cell(row.series), text_cell(row.instance), text_cell(row.input),
                     row.is_selected, text_cell(row.rule),
                     text_cell(row.reason ? std::string(code(*row.reason)) : "")});
    }
  }
  return table;
}

Table typed(const TextTable& source) {
  std::vector<Column> columns;
  for (const std::string& column : source.columns) columns.push_back({column});
  Table table(std::move(columns));
  for (const std::vector<std::string>& row : source.rows) {
    std::vector<Cell> cells;
    for (const std::string& text : row) cells.push_back(text_cell(text));
    table.add_row(std::move(cells));
  }
  return table;
}

Table timings_table(const RunRecord& run) {
  Table table({{"case_id", ColumnType::text, "the case", {}, true},
               {"stage", ColumnType::category, "what the worker was asked", {}, true},
               {"seconds", ColumnType::float64, "wall time", "s", true}});
  for (const Case& one : run.cases) {
    for (const auto& [stage, seconds] : run.outcomes.at(one.id).seconds)
      table.add_row({one.id, stage, seconds});
  }
  return table;
}

Table linkage_table(const RunRecord& run, const std::string& secret) {
  Table table({{"case_id", ColumnType::text, "the case", {}, true},
               {"patient_key", ColumnType::text, "keyed hash of PatientID"},
               {"PatientID", ColumnType::text, ""},
               {"AccessionNumber", ColumnType::text, ""},
               {"StudyInstanceUID", ColumnType::text, ""},
               {"StudyDate", ColumnType::text, ""},
               {"source_path", ColumnType::text, "first file of the case"}});
  for (const Case& one : run.cases) {
    const FileRecord* first = one.files.empty() ? nullptr : &run.records[one.files.front()];
    auto attribute = [&](const char* keyword) {
      return text_cell(first ? text_of(first->attributes, keyword) : "");
    };
    const std::string key = one.patient_key.empty() ? patient_key(secret, one.patient_id) : one.patient_key;
    table.add_row({one.id, text_cell(key), text_cell(one.patient_id), attribute("AccessionNumber"),
                   attribute("StudyInstanceUID"), attribute("StudyDate"),
                   text_cell(first ? absolute_path(*first) : "")});
  }
  return table;
}

Table unassigned_table(const RunRecord& run, const Cohort& cohort) {
  Table table({{"path", ColumnType::text, "relative to the input", {}, true},
               {"root", ColumnType::text, "the input as it was typed"},
               {"reason", ColumnType::category, "stable code", {}, true},
               {"detail", ColumnType::text, ""}});
  for (const UnassignedFile& stray : cohort.unassigned) {
    const FileRecord& record = run.records[stray.file];
    table.add_row({printable(record.path), text_cell(record.root), std::string(code(stray.reason)),
                   text_cell(stray.detail)});
  }
  return table;
}

/// `sha256sum --check` reads it. Only files that were read whole are in it.
std::string digests_text(const RunRecord& run) {
  std::map<std::string, std::string> lines;
  auto add = [&](const Case& one, const Json& entry) {
    if (!entry.contains("image") || !entry.contains("digests") || !entry["digests"].is_array()) return;
    const std::vector<std::size_t>& files = one.candidates.at(entry["image"].get<std::size_t>()).files;
    for (std::size_t i = 0; i < files.size() && i < entry["digests"].size(); ++i) {
      const std::string path = absolute_path(run.records[files[i]]);
      // sha256sum escapes such names in a way of its own; they stay out.
      if (path.find_first_of("\n\\") == std::string::npos)
        lines[path] = entry["digests"][i].get<std::string>();
    }
  };
  for (const Case& one : run.cases) {
    const CaseOutcome& outcome = run.outcomes.at(one.id);
    add(one, outcome.story);
    for (const Json& input : outcome.story.value("inputs", Json::array())) add(one, input);
    for (const Json& file : outcome.result.value("files", Json::array())) add(one, file);
  }
  std::string text;
  for (const auto& [path, digest] : lines) text += digest + "  " + path + "\n";
  return text;
}

Json file_counts(const RunRecord& run, const Cohort& cohort) {
  std::size_t in_cases = 0, in_run = 0;
  for (const Case& one : cohort.cases) in_cases += one.files.size();
  for (const Case& one : run.cases) in_run += one.files.size();
  Json unassigned = Json::object();
  for (const UnassignedFile& stray : cohort.unassigned) {
    const std::string reason(code(stray.reason));
    unassigned[reason] = unassigned.value(reason, 0) + 1;
  }
  return {{"found", run.records.size()},
          {"in_cases", in_run},
          {"left_out_by_options", in_cases - in_run},
          {"unassigned", unassigned}};
}

Json status_counts(const RunRecord& run) {
  Json counts = Json::object();
  for (const Case& one : run.cases) {
    const std::string status(name(run.outcomes.at(one.id).status));
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

void write_run_json(const Tool& tool, const RunRecord& run, const Cohort& cohort, const Sitting& sitting) {
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
                                      {"files", file_counts(run, cohort)},
                                      {"sittings", sittings}}));
}

/// Writes one table and returns its entry of datapackage.json.
TableFile write_table(const RunFolder& folder, NamedTable& named) {
  const std::string csv = to_csv(named.table);
  write_file_atomically(folder.root() / named.file, csv);
  return describe_table(named.file, named.description, named.table, csv, named.primary_key);
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
  const std::map<std::string, CaseOutcome> none;
  const RunRecord run{folder, cohort.cases, records, none};
  std::vector<NamedTable> tables;
  tables.push_back(
      {"studies.csv", "what the scan found, per study", typed(studies_table(cohort, records)), {}});
  tables.push_back({"series.csv", "what the scan found, per image", typed(series_table(cohort)), {}});
  std::vector<TableFile> files;
  for (NamedTable& named : tables) files.push_back(write_table(folder, named));
  write_file_atomically(folder.private_folder() / "linkage.csv", to_csv(linkage_table(run, secret)));
  write_file_atomically(folder.private_folder() / "unassigned.csv", to_csv(unassigned_table(run, cohort)));
  write_file_atomically(folder.root() / "datapackage.json", pretty(datapackage_json("radbatch-scan", files)));
}

void assemble(const Tool& tool, const RunRecord& run, const Cohort& cohort, const std::string& secret,
              const Sitting& sitting) {
  std::vector<NamedTable> tables = tool.tables(run);
  const Cohort taken{{run.cases.begin(), run.cases.end()}, {}};
  tables.push_back({"cases.csv", "the ledger: every case and how it ended", cases_table(run), {"case_id"}});
  tables.push_back({"selection.csv",
                    "every image seen, and why it was used or not",
                    selection_table(run, tool.rules()),
                    {}});
  tables.push_back(
      {"studies.csv", "what the scan found, per study", typed(studies_table(taken, run.records)), {}});
  tables.push_back({"series.csv", "what the scan found, per image", typed(series_table(taken)), {}});
  std::vector<TableFile> files;
  for (NamedTable& named : tables) files.push_back(write_table(run.folder, named));
  std::ranges::move(tool.write_long_tables(run), std::back_inserter(files));
  NamedTable timings{
      "timings.csv", "wall time per case and stage; not the same twice", timings_table(run), {}};
  write_table(run.folder, timings);
  write_file_atomically(run.folder.private_folder() / "linkage.csv", to_csv(linkage_table(run, secret)));
  write_file_atomically(run.folder.private_folder() / "unassigned.csv",
                        to_csv(unassigned_table(run, cohort)));
  write_file_atomically(run.folder.private_folder() / "inputs.sha256", digests_text(run));
  write_file_atomically(run.folder.root() / "datapackage.json",
                        pretty(datapackage_json("radbatch-" + tool.name(), files)));
  tool.write_results(run, tables);
  write_run_json(tool, run, cohort, sitting);
}

}  // namespace radbatch
