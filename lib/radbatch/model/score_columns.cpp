// The table side of heads.hpp: names of columns, cells, and the journal's JSON.
#include <fmt/format.h>

#include "radbatch/base/error.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {
namespace {

[[noreturn]] void refuse(const ScoreColumn& column) {
  throw Error(ExitCode::internal, "a result record has no valid value for column '" + column.name + "'");
}

Json cell(const Bundle& bundle, const CaseScores& scores, const ScoreColumn& column) {
  const HeadScores& head = scores.heads.at(column.head);
  if (column.kind == ColumnKind::top) return bundle.heads[column.head].findings.at(head.top.value()).name;
  if (column.kind == ColumnKind::decision) return head.decisions.at(column.finding).value() ? 1 : 0;
  if (column.kind == ColumnKind::expected) return head.expected.value();
  return head.values.at(column.finding);
}

bool is_graded(const Head& head) {
  return head.kind == HeadKind::multi_class || head.kind == HeadKind::ordinal;
}

std::size_t find_finding(const Head& head, const Json& value, const ScoreColumn& column) {
  for (std::size_t i = 0; i < head.findings.size(); ++i) {
    if (value == head.findings[i].name) return i;
  }
  refuse(column);
}

}  // namespace

bool is_score(const ScoreColumn& column) {
  return column.kind == ColumnKind::probability || column.kind == ColumnKind::value;
}

std::vector<ScoreColumn> score_columns(const Bundle& bundle) {
  std::vector<ScoreColumn> columns;
  for (std::size_t h = 0; h < bundle.heads.size(); ++h) {
    const Head& head = bundle.heads[h];
    const std::string prefix = bundle.heads.size() > 1 ? head.name + "_" : "";
    const bool regression = head.kind == HeadKind::regression;
    for (std::size_t f = 0; f < head.findings.size(); ++f) {
      const std::string& slug = head.findings[f].slug;
      if (regression) columns.push_back({head.name + "_" + slug, ColumnKind::value, h, f});
      if (!regression) columns.push_back({prefix + "p_" + slug, ColumnKind::probability, h, f});
    }
    for (std::size_t f = 0; f < head.findings.size(); ++f) {
      if (!head.findings[f].threshold) continue;
      columns.push_back({prefix + "d_" + head.findings[f].slug, ColumnKind::decision, h, f});
    }
    if (is_graded(head)) columns.push_back({prefix + "top", ColumnKind::top, h, 0});
    if (head.kind == HeadKind::ordinal) columns.push_back({prefix + "expected", ColumnKind::expected, h, 0});
  }
  return columns;
}

std::vector<std::string> column_names(const Bundle& bundle) {
  std::vector<std::string> names;
  for (ScoreColumn& column : score_columns(bundle)) names.push_back(std::move(column.name));
  return names;
}

std::vector<std::string> score_cells(const Bundle& bundle, const CaseScores& scores) {
  std::vector<std::string> cells;
  for (const ScoreColumn& column : score_columns(bundle)) {
    const Json value = cell(bundle, scores, column);
    if (value.is_number_float()) {
      cells.push_back(fmt::format("{}", value.get<float>()));
    } else {
      cells.push_back(value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return cells;
}

Json to_json(const Bundle& bundle, const CaseScores& scores) {
  Json json = Json::object();
  for (const ScoreColumn& column : score_columns(bundle)) json[column.name] = cell(bundle, scores, column);
  return json;
}

CaseScores case_scores_from_json(const Bundle& bundle, const Json& json) {
  CaseScores scores;
  for (const Head& head : bundle.heads) {
    scores.heads.push_back({std::vector<float>(head.findings.size()), {}, std::nullopt, std::nullopt});
    scores.heads.back().decisions.resize(head.findings.size());
  }
  for (const ScoreColumn& column : score_columns(bundle)) {
    if (!json.is_object() || !json.contains(column.name)) refuse(column);
    const Json& value = json.at(column.name);
    HeadScores& head = scores.heads[column.head];
    if (column.kind == ColumnKind::top) {
      head.top = find_finding(bundle.heads[column.head], value, column);
      continue;
    }
    if (!value.is_number()) refuse(column);
    if (column.kind == ColumnKind::expected) {
      head.expected = value.get<float>();
    } else if (column.kind == ColumnKind::decision) {
      head.decisions[column.finding] = value.get<int>() == 1;
    } else {
      head.values[column.finding] = value.get<float>();
    }
  }
  return scores;
}

}  // namespace radbatch
