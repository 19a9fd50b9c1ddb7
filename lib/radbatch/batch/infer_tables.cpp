#include "radbatch/batch/infer_tables.hpp"

#include <limits>
#include <set>

#include "radbatch/base/text.hpp"
#include "radbatch/batch/levels_table.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {
namespace {

ColumnType column_type(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::decision:
      return ColumnType::boolean;
    case ColumnKind::top:
      return ColumnType::category;
    case ColumnKind::probability:
    case ColumnKind::value:
    case ColumnKind::expected:
      break;
  }
  return ColumnType::float32;
}

Cell score_cell(const Json& result, const ScoreColumn& column) {
  const auto found = result.find(column.name);
  if (found == result.end() || found->is_null()) return std::monostate{};
  if (column.kind == ColumnKind::top) return found->get<std::string>();
  if (column.kind == ColumnKind::decision)
    return found->is_boolean() ? found->get<bool>() : found->get<int>() != 0;
  return static_cast<double>(found->get<float>());
}

std::vector<std::string> carried_names(const RunRecord& run) {
  std::set<std::string> names;
  for (const Case& one : run.cases) {
    for (const auto& [key, value] : one.carried.items()) names.insert(key);
  }
  return {names.begin(), names.end()};
}

Cell carried_cell(const Json& value) {
  if (value.is_null()) return std::monostate{};
  return text_cell(value.is_string() ? value.get<std::string>() : canonical(value));
}

}  // namespace

std::vector<ResultColumn> result_columns(const Bundle& bundle) {
  std::vector<ResultColumn> columns;
  for (const ScoreColumn& score : score_columns(bundle)) {
    Json properties = nullptr;
    if (score.kind != ColumnKind::top && score.kind != ColumnKind::expected) {
      const Finding& finding = bundle.heads[score.head].findings[score.finding];
      properties = {{"title", finding.name}};
      if (finding.threshold) properties["threshold"] = *finding.threshold;
    }
    columns.push_back(
        {{score.name, column_type(score.kind), bundle.heads[score.head].name, {}, false, properties},
         [score](const Json& result) { return score_cell(result, score); }});
  }
  return columns;
}

std::vector<std::string> result_names(const Bundle& bundle) {
  std::vector<std::string> names;
  for (const ResultColumn& column : result_columns(bundle)) names.push_back(column.column.name);
  return names;
}

Json findings_json(const Bundle& bundle) {
  Json findings = Json::array();
  for (const ScoreColumn& column : score_columns(bundle)) {
    if (!is_score(column)) continue;
    const Finding& finding = bundle.heads[column.head].findings[column.finding];
    findings.push_back({{"name", finding.name},
                        {"slug", finding.slug},
                        {"column", column.name},
                        {"head", bundle.heads[column.head].name},
                        {"threshold", finding.threshold ? Json(*finding.threshold) : Json()}});
  }
  return findings;
}

NamedTable predictions_table(const Bundle& bundle, const RunRecord& run,
                             const std::vector<ResultColumn>& more) {
  std::vector<ResultColumn> results = result_columns(bundle);
  results.insert(results.end(), more.begin(), more.end());
  const std::vector<std::string> carried = carried_names(run);
  std::vector<Column> columns{{"case_id", ColumnType::text, "the case", {}, true},
                              {"status", ColumnType::category, "how the case ended", {}, true}};
  for (const ResultColumn& result : results) columns.push_back(result.column);
  columns.push_back({"flags", ColumnType::text, "W_* warnings, separated by spaces"});
  for (const std::string& name : carried) columns.push_back({name, ColumnType::text, "from the manifest"});
  NamedTable named{
      "predictions.csv", "every case once, with its scores", Table(std::move(columns)), {"case_id"}};
  for (const Case& one : run.cases) {
    const CaseOutcome& outcome = run.outcomes.at(one.id);
    std::vector<Cell> row{one.id, std::string(name(outcome.status))};
    for (const ResultColumn& result : results) row.push_back(result.cell(outcome.result));
    row.push_back(text_cell(join(outcome.flags, " ")));
    for (const std::string& name : carried) row.push_back(carried_cell(one.carried.value(name, Json())));
    named.table.add_row(std::move(row));
  }
  return named;
}

ResultsContent results_content(const Bundle& bundle, const RunRecord& run,
                               std::span<const NamedTable> tables) {
  ResultsContent content;
  for (const NamedTable& named : tables) {
    if (named.file == "predictions.csv") content.predictions = named.table;
    if (named.file == "cases.csv") content.cases = named.table;
  }
  std::vector<ScoreColumn> columns = score_columns(bundle);
  std::erase_if(columns, [](const ScoreColumn& column) { return !is_score(column); });
  for (const ScoreColumn& column : columns)
    content.findings.push_back(bundle.heads[column.head].findings[column.finding].name);
  for (const Case& one : run.cases) {
    const Json& result = run.outcomes.at(one.id).result;
    for (const ScoreColumn& column : columns) {
      content.probabilities.push_back(result.contains(column.name) ? result[column.name].get<float>()
                                                                   : std::numeric_limits<float>::quiet_NaN());
    }
  }
  add_levels(content, bundle, run);
  return content;
}

}  // namespace radbatch
