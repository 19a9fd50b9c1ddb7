#include "radbatch/report/run_data.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "radbatch/base/condition.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/store/csv_stream.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

Json optional_json(const fs::path& path) {
  return fs::exists(path) ? read_json_file(path) : Json::object();
}

[[noreturn]] void fail(const CsvStream& table, const std::string& why) {
  table.fail(why, "the file was changed by hand; `radbatch merge` writes it again");
}

std::string_view text_of(const CsvStream& table, std::optional<std::size_t> column) {
  return column ? table.field(*column) : std::string_view();
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
std::vector<Finding> findings_of(const Json& run, const Json& package, const CsvStream& predictions) {
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
  for (const std::string& column : predictions.header()) {
    if (!column.starts_with("p_")) continue;
    const Json field = field_of(package, column);
    const std::string title = text_at(field, {"title"});
    Finding finding{title.empty() ? column.substr(2) : title, column.substr(2), column, {}, {}};
    take_threshold(finding, field);
    findings.push_back(std::move(finding));
  }
  return findings;
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

std::optional<std::uint32_t> finding_named(const std::vector<Finding>& findings, std::string_view name) {
  const auto it =
      std::ranges::find_if(findings, [&](const Finding& f) { return f.name == name || f.slug == name; });
  if (it == findings.end()) return std::nullopt;
  return static_cast<std::uint32_t>(it - findings.begin());
}

/// Where the columns of predictions.csv are.
struct ScoreColumns {
  std::vector<std::size_t> scores;
  std::vector<std::optional<std::size_t>> decisions;
  std::optional<std::size_t> top, flags;
  std::vector<std::size_t> carried;
};

ScoreColumns locate(const CsvStream& predictions, const std::vector<Finding>& findings) {
  ScoreColumns columns;
  for (const Finding& finding : findings) {
    columns.scores.push_back(*predictions.find(finding.column));
    std::string decision = finding.column;
    if (const std::size_t at = decision.find("p_"); at != std::string::npos) decision[at] = 'd';
    columns.decisions.push_back(predictions.find(decision));
    // A regression's column has no "p_", and none that is called like a decision.
    if (columns.decisions.back() == columns.scores.back()) columns.decisions.back().reset();
  }
  columns.top = predictions.find("top");
  columns.flags = predictions.find("flags");
  const std::size_t first = columns.flags ? *columns.flags + 1 : predictions.header().size();
  for (std::size_t at = first; at < predictions.header().size(); ++at) columns.carried.push_back(at);
  return columns;
}

void make_columns(RunData& run, const CsvStream& predictions, const ScoreColumns& columns) {
  const std::size_t n = run.cases.size();
  run.has_top = columns.top.has_value();
  run.has_decisions =
      std::ranges::any_of(columns.decisions, [](const auto& column) { return column.has_value(); });
  run.scores.assign(run.findings.size(), std::vector<double>(n, std::numeric_limits<double>::quiet_NaN()));
  run.decisions.assign(run.findings.size(), std::vector<Answer>(n, Answer::unknown));
  for (const std::size_t at : columns.carried)
    run.carried.push_back({predictions.header()[at], std::vector<std::string>(n)});
}

void take_scores(RunData& run, std::size_t at, const CsvStream& predictions, const ScoreColumns& columns) {
  for (std::size_t f = 0; f < run.findings.size(); ++f) {
    const std::string_view text = predictions.field(columns.scores[f]);
    if (!text.empty()) {
      const std::optional<double> score = parsed_number(text);
      if (!score) {
        fail(predictions, "column " + predictions.header()[columns.scores[f]] + ": '" + printable(text) +
                              "' is no number");
      }
      run.scores[f][at] = *score;
    }
    const std::string_view decision = text_of(predictions, columns.decisions[f]);
    if (!decision.empty()) run.decisions[f][at] = decision == "1" ? Answer::yes : Answer::no;
  }
  const std::string_view top = text_of(predictions, columns.top);
  run.cases[at].top = top.empty() ? run.highest(at) : finding_named(run.findings, top);
  run.cases[at].flags = flags_of(text_of(predictions, columns.flags));
  for (std::size_t i = 0; i < columns.carried.size(); ++i)
    run.carried[i].values[at] = predictions.field(columns.carried[i]);
}

std::vector<CaseRow> read_ledger(const fs::path& file) {
  CsvStream ledger(file, "cases.csv", ',');
  const auto id = ledger.find("case_id");
  const auto status = ledger.find("status");
  if (!id || !status) throw Error(ExitCode::usage, "cases.csv: there is no column case_id or status");
  const auto reason = ledger.find("reason");
  const auto detail = ledger.find("detail");
  std::vector<CaseRow> rows;
  while (ledger.next()) {
    const std::optional<Status> known = find_status(ledger.field(*status));
    if (!known) fail(ledger, "'" + printable(ledger.field(*status)) + "' is no status");
    rows.push_back({std::string(ledger.field(*id)),
                    *known,
                    std::string(text_of(ledger, reason)),
                    std::string(text_of(ledger, detail)),
                    std::nullopt,
                    {}});
  }
  std::ranges::sort(rows, {}, &CaseRow::id);
  const auto twice = std::ranges::adjacent_find(rows, {}, &CaseRow::id);
  if (twice != rows.end())
    throw Error(ExitCode::usage, "cases.csv: case " + printable(twice->id) + " comes twice");
  return rows;
}

void read_predictions(RunData& run, CsvStream& predictions) {
  const ScoreColumns columns = locate(predictions, run.findings);
  const auto id_column = predictions.find("case_id");
  if (!id_column) throw Error(ExitCode::usage, "predictions.csv: there is no column case_id");
  make_columns(run, predictions, columns);
  std::vector<bool> is_seen(run.cases.size());
  std::size_t joined = 0;
  for (; predictions.next(); ++joined) {
    const std::string_view id = predictions.field(*id_column);
    // Both tables are sorted, so the row is where it is expected; where it is not, it is looked for.
    const bool is_next = joined < run.cases.size() && run.cases[joined].id == id;
    const std::optional<std::uint32_t> at = is_next ? static_cast<std::uint32_t>(joined) : run.find(id);
    if (!at || is_seen[*at]) fail(predictions, "case " + printable(id) + " is not once in cases.csv");
    is_seen[*at] = true;
    take_scores(run, *at, predictions, columns);
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

std::string RunData::name() const {
  const std::string model = text_at(run, {"model", "name"});
  return model.empty() ? folder.filename().string() : model;
}

std::optional<std::uint32_t> RunData::find(std::string_view id) const {
  const auto row = std::ranges::lower_bound(cases, id, {}, &CaseRow::id);
  if (row == cases.end() || row->id != id) return std::nullopt;
  return static_cast<std::uint32_t>(row - cases.begin());
}

std::optional<std::uint32_t> RunData::highest(std::size_t at) const {
  std::optional<std::uint32_t> best;
  for (std::uint32_t f = 0; f < scores.size(); ++f) {
    if (!std::isnan(scores[f][at]) && (!best || scores[f][at] > scores[*best][at])) best = f;
  }
  return best;
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
  run.cases = read_ledger(folder / "cases.csv");
  if (fs::exists(folder / "predictions.csv")) {
    CsvStream predictions(folder / "predictions.csv", "predictions.csv", ',');
    run.findings = findings_of(run.run, optional_json(folder / "datapackage.json"), predictions);
    read_predictions(run, predictions);
  }
  check_files(run);
  return run;
}

}  // namespace radbatch
