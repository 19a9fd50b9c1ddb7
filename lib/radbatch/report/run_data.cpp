#include "radbatch/report/run_data.hpp"

#include <algorithm>
#include <charconv>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

Json optional_json(const fs::path& path) {
  return fs::exists(path) ? read_json_file(path) : Json::object();
}

Table required_table(const fs::path& path) {
  return read_csv(read_file(path), path.filename().string());
}

[[noreturn]] void fail(const std::string& file, const Table& table, std::size_t row, const std::string& why) {
  throw Error(ExitCode::usage, file + ": line " + std::to_string(table.line_of(row)) + ": " + why,
              "the file was changed by hand; `radbatch merge` writes it again");
}

std::string text_of(const Table& table, std::size_t row, std::optional<std::size_t> column) {
  return column ? table.text(row, *column) : std::string();
}

const Json* find_path(const Json& object, std::initializer_list<const char*> path) {
  const Json* at = &object;
  for (const char* key : path) {
    if (!at->is_object() || !at->contains(key)) return nullptr;
    at = &at->at(key);
  }
  return at;
}

std::optional<std::size_t> count_at(const Json& object, std::initializer_list<const char*> path) {
  const Json* found = find_path(object, path);
  if (!found || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::size_t>();
}

void take_threshold(Finding& finding, const Json& from) {
  if (!from.is_object()) return;
  if (from.contains("threshold") && from["threshold"].is_number())
    finding.threshold = from["threshold"].get<double>();
  if (from.contains("threshold_source")) finding.threshold_source = text_at(from, {"threshold_source"});
}

/// The field of predictions.csv of that name in datapackage.json.
Json field_of(const Json& package, const std::string& column) {
  if (!package.contains("resources") || !package["resources"].is_array()) return {};
  for (const Json& resource : package["resources"]) {
    const Json* fields = find_path(resource, {"schema", "fields"});
    if (text_at(resource, {"path"}) != "predictions.csv" || !fields || !fields->is_array()) continue;
    for (const Json& field : *fields) {
      if (text_at(field, {"name"}) == column) return field;
    }
  }
  return {};
}

/// As run.json lists them; where it does not, every p_ column.
std::vector<Finding> findings_of(const Json& run, const Json& package, const Table& predictions) {
  std::vector<Finding> findings;
  const Json* listed = find_path(run, {"model", "findings"});
  if (listed && listed->is_array()) {
    for (const Json& entry : *listed) {
      Finding finding{text_at(entry, {"name"}), text_at(entry, {"slug"}), text_at(entry, {"column"}), {}, {}};
      if (finding.slug.empty()) finding.slug = slug(finding.name);
      if (finding.column.empty()) finding.column = "p_" + finding.slug;
      take_threshold(finding, field_of(package, finding.column));
      take_threshold(finding, entry);
      if (predictions.find(finding.column)) findings.push_back(std::move(finding));
    }
    return findings;
  }
  for (const Column& column : predictions.columns()) {
    if (!column.name.starts_with("p_")) continue;
    const Json field = field_of(package, column.name);
    const std::string title = text_at(field, {"title"});
    Finding finding{
        title.empty() ? column.name.substr(2) : title, column.name.substr(2), column.name, {}, {}};
    take_threshold(finding, field);
    findings.push_back(std::move(finding));
  }
  return findings;
}

std::optional<double> number_of(const Table& table, std::size_t row, std::size_t column) {
  const std::string text = table.text(row, column);
  if (text.empty()) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail("predictions.csv", table, row,
         "column " + table.columns()[column].name + ": '" + printable(text) + "' is no number");
  }
  return value;
}

std::vector<std::string> flags_of(std::string_view text) {
  std::vector<std::string> flags;
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  for (std::size_t at = 0; (at = text.find_first_of(letters, at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_not_of(letters, at), text.size());
    flags.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return flags;
}

std::optional<std::size_t> finding_named(const std::vector<Finding>& findings, const std::string& name) {
  const auto it =
      std::ranges::find_if(findings, [&](const Finding& f) { return f.name == name || f.slug == name; });
  if (it == findings.end()) return std::nullopt;
  return static_cast<std::size_t>(it - findings.begin());
}

std::optional<std::size_t> highest(const std::vector<std::optional<double>>& scores) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] && (!best || *scores[i] > *scores[*best])) best = i;
  }
  return best;
}

/// Where the columns of predictions.csv are.
struct ScoreColumns {
  std::vector<std::size_t> scores;
  std::vector<std::optional<std::size_t>> decisions;
  std::optional<std::size_t> top, flags;
};

ScoreColumns locate(const Table& predictions, const std::vector<Finding>& findings) {
  ScoreColumns columns;
  for (const Finding& finding : findings) {
    columns.scores.push_back(*predictions.find(finding.column));
    std::string decision = finding.column;
    if (const std::size_t at = decision.find("p_"); at != std::string::npos) decision[at] = 'd';
    columns.decisions.push_back(predictions.find(decision));
  }
  columns.top = predictions.find("top");
  columns.flags = predictions.find("flags");
  return columns;
}

void take_scores(CaseRow& row, const RunData& run, const Table& predictions, std::size_t at,
                 const ScoreColumns& columns) {
  for (std::size_t f = 0; f < run.findings.size(); ++f) {
    row.scores.push_back(number_of(predictions, at, columns.scores[f]));
    const std::string decision = text_of(predictions, at, columns.decisions[f]);
    row.decisions.push_back(decision.empty() ? std::nullopt : std::optional<bool>(decision == "1"));
  }
  const std::string top = text_of(predictions, at, columns.top);
  row.top = top.empty() ? highest(row.scores) : finding_named(run.findings, top);
  row.flags = flags_of(text_of(predictions, at, columns.flags));
}

std::vector<CaseRow> rows_of(const Table& ledger) {
  const auto id = ledger.find("case_id");
  const auto status = ledger.find("status");
  if (!id || !status) throw Error(ExitCode::usage, "cases.csv: there is no column case_id or status");
  std::vector<CaseRow> rows;
  for (std::size_t at = 0; at < ledger.rows().size(); ++at) {
    CaseRow row;
    row.id = ledger.text(at, *id);
    const std::optional<Status> known = find_status(ledger.text(at, *status));
    if (!known) fail("cases.csv", ledger, at, "'" + printable(ledger.text(at, *status)) + "' is no status");
    row.status = *known;
    row.reason = text_of(ledger, at, ledger.find("reason"));
    row.detail = text_of(ledger, at, ledger.find("detail"));
    rows.push_back(std::move(row));
  }
  std::ranges::sort(rows, {}, &CaseRow::id);
  const auto twice = std::ranges::adjacent_find(rows, {}, &CaseRow::id);
  if (twice != rows.end())
    throw Error(ExitCode::usage, "cases.csv: case " + printable(twice->id) + " comes twice");
  return rows;
}

void join_predictions(RunData& run, const Table& predictions) {
  const ScoreColumns columns = locate(predictions, run.findings);
  const auto id_column = predictions.find("case_id");
  if (!id_column) throw Error(ExitCode::usage, "predictions.csv: there is no column case_id");
  run.has_top = columns.top.has_value();
  run.has_decisions =
      std::ranges::any_of(columns.decisions, [](const auto& column) { return column.has_value(); });
  std::size_t joined = 0;
  for (std::size_t at = 0; at < predictions.rows().size(); ++at) {
    const std::string id = predictions.text(at, *id_column);
    const auto row = std::ranges::lower_bound(run.cases, id, {}, &CaseRow::id);
    if (row == run.cases.end() || row->id != id || !row->scores.empty()) {
      fail("predictions.csv", predictions, at, "case " + printable(id) + " is not once in cases.csv");
    }
    take_scores(*row, run, predictions, at, columns);
    ++joined;
  }
  if (joined != run.cases.size()) {
    throw Error(
        ExitCode::usage,
        "predictions.csv has " + counted(joined, "case") + ", cases.csv " + std::to_string(run.cases.size()),
        "`radbatch merge` writes both again from what is committed");
  }
}

void check_files(const RunData& run) {
  const auto found = run.files_found();
  const auto in_cases = run.files_in_cases();
  if (!found || !in_cases) return;
  std::size_t unassigned = 0;
  for (const auto& [reason, n] : run.unassigned()) unassigned += n;
  if (*found == *in_cases + unassigned) return;
  throw Error(ExitCode::usage,
              "run.json: " + counted(*found, "file") + " found, but " + std::to_string(*in_cases) +
                  " in cases and " + std::to_string(unassigned) + " unassigned",
              "files are missing from the account: run `radbatch merge` on the folder, or the run again");
}

}  // namespace

std::string text_at(const Json& object, std::initializer_list<const char*> path) {
  const Json* found = find_path(object, path);
  if (!found || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : canonical(*found);
}

std::size_t RunData::count(Status status) const {
  return static_cast<std::size_t>(std::ranges::count(cases, status, &CaseRow::status));
}

std::optional<std::size_t> RunData::files_found() const {
  return count_at(run, {"files", "found"});
}
std::optional<std::size_t> RunData::files_in_cases() const {
  return count_at(run, {"files", "in_cases"});
}

std::map<std::string, std::size_t> RunData::unassigned() const {
  std::map<std::string, std::size_t> result;
  const Json* counts = find_path(run, {"files", "unassigned"});
  if (!counts || !counts->is_object()) return result;
  for (const auto& [reason, n] : counts->items()) {
    if (n.is_number_unsigned()) result[reason] = n.get<std::size_t>();
  }
  return result;
}

RunData load_run(const fs::path& folder) {
  if (!fs::exists(folder / "cases.csv")) {
    throw Error(ExitCode::no_input, folder.string() + " holds no cases.csv",
                "give the folder that radbatch-infer wrote with -o; `radbatch merge` writes the tables of a "
                "stopped run");
  }
  RunData run;
  run.folder = folder;
  run.run = optional_json(folder / "run.json");
  run.cases = rows_of(required_table(folder / "cases.csv"));
  if (fs::exists(folder / "predictions.csv")) {
    const Table predictions = required_table(folder / "predictions.csv");
    run.findings = findings_of(run.run, optional_json(folder / "datapackage.json"), predictions);
    join_predictions(run, predictions);
  }
  check_files(run);
  return run;
}

}  // namespace radbatch
