#include "radbatch/batch/case_tables.hpp"

#include <algorithm>

#include "radbatch/base/text.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/case_id.hpp"
#include "radbatch/study/cohort_tables.hpp"

namespace radbatch {
namespace {

constexpr std::size_t CASES_AT_ONCE = 500;

std::vector<Cell> ledger_row(const Case& one, const CaseOutcome& outcome) {
  return {one.id,
          std::string(name(outcome.status)),
          text_cell(outcome.reason ? std::string(code(*outcome.reason)) : ""),
          text_cell(outcome.detail),
          static_cast<std::int64_t>(one.files.size()),
          outcome.n_inputs,
          text_cell(join(outcome.missing_inputs, " ")),
          text_cell(outcome.content_key)};
}

/// Adds the digests of one image: {"image": index of the candidate, "digests": one per file}.
void add_digests(std::map<std::string, std::string>& digests, const RunRecord& run, const Case& one,
                 const Json& entry) {
  if (!entry.contains("image") || !entry.contains("digests") || !entry["digests"].is_array()) return;
  const std::vector<std::size_t>& files = one.candidates.at(entry["image"].get<std::size_t>()).files;
  for (std::size_t i = 0; i < files.size() && i < entry["digests"].size(); ++i)
    digests[absolute_path(run.records[files[i]])] = entry["digests"][i].get<std::string>();
}

void add_digests(std::map<std::string, std::string>& digests, const RunRecord& run, const Case& one,
                 const CaseOutcome& outcome) {
  add_digests(digests, run, one, outcome.story);
  for (const Json& input : outcome.story.value("inputs", Json::array()))
    add_digests(digests, run, one, input);
  for (const Json& file : outcome.result.value("files", Json::array())) add_digests(digests, run, one, file);
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

}  // namespace

OutcomeTables outcome_tables(const RunRecord& run) {
  OutcomeTables tables{
      Table({{"case_id", ColumnType::text, "the case", {}, true},
             {"status", ColumnType::category, "done, skipped, refused, failed or interrupted", {}, true},
             {"reason", ColumnType::category, "stable code; see radbatch explain CODE"},
             {"detail", ColumnType::text, "what was found and what was expected"},
             {"n_files", ColumnType::integer, "files that belong to the case", {}, true},
             {"n_inputs", ColumnType::integer, "inputs of the model that were found", {}, true},
             {"missing_inputs", ColumnType::text, "inputs that were not found, separated by spaces"},
             {"content_key", ColumnType::text, "digest of input content, selection and plan"}}),
      Table({{"case_id", ColumnType::text, "the case", {}, true},
             {"stage", ColumnType::category, "what the worker was asked", {}, true},
             {"seconds", ColumnType::float64, "wall time", "s", true}}),
      {}};
  for (const Case& one : run.cases) {
    const CaseOutcome outcome = run.outcomes.at(one.id);
    tables.cases.add_row(ledger_row(one, outcome));
    for (const auto& [stage, seconds] : outcome.seconds) tables.timings.add_row({one.id, stage, seconds});
    add_digests(tables.digests, run, one, outcome);
  }
  return tables;
}

std::string digests_text(const std::map<std::string, std::string>& digests) {
  std::string text;
  for (const auto& [path, digest] : digests) {
    // sha256sum escapes such names in a way of its own; they stay out.
    if (path.find_first_of("\n\\") == std::string::npos) text += digest + "  " + path + "\n";
  }
  return text;
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

Table studies_rows(const RunRecord& run) {
  return typed(studies_table(run.cases, run.records));
}

Table series_rows(const RunRecord& run) {
  return typed(series_table(run.cases));
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

Table unassigned_table(const RunRecord& run, std::span<const UnassignedFile> unassigned) {
  Table table({{"path", ColumnType::text, "relative to the input", {}, true},
               {"root", ColumnType::text, "the input as it was typed"},
               {"reason", ColumnType::category, "stable code", {}, true},
               {"detail", ColumnType::text, ""}});
  for (const UnassignedFile& stray : unassigned) {
    const FileRecord& record = run.records[stray.file];
    table.add_row({printable(record.path), text_cell(record.root), std::string(code(stray.reason)),
                   text_cell(stray.detail)});
  }
  return table;
}

CsvText csv_in_parts(const RunRecord& run, const std::function<Table(const RunRecord&)>& make) {
  const Table none = make({run.folder, {}, run.records, run.outcomes});
  const std::size_t header_bytes = to_csv(none).size();
  CsvText csv{to_csv(none), none.columns()};
  for (std::size_t at = 0; at < run.cases.size(); at += CASES_AT_ONCE) {
    const std::size_t n = std::min(CASES_AT_ONCE, run.cases.size() - at);
    csv.text +=
        to_csv(make({run.folder, run.cases.subspan(at, n), run.records, run.outcomes})).substr(header_bytes);
  }
  return csv;
}

}  // namespace radbatch
