#include "radbatch/batch/qc_table.hpp"

#include <algorithm>
#include <array>

#include "radbatch/base/text.hpp"
#include "radbatch/stats/outliers.hpp"
#include "radbatch/volume/value_statistics.hpp"

namespace radbatch {
namespace {

constexpr std::array<const char*, 3> AXES{"i", "j", "k"};
constexpr std::array<const char*, 3> CHANGES{"cropped_", "padded_", "resampled_"};

std::vector<Column> columns_of() {
  std::vector<Column> columns{{"case_id", ColumnType::text, "the case", {}, true},
                              {"status", ColumnType::category, "how the case ended", {}, true},
                              {"input", ColumnType::text, "input of the model"},
                              {"shape", ColumnType::text, "of the tensor: items, channels, axes of space"}};
  const auto number = [&columns](std::string name, std::string words, std::string unit = {}) {
    columns.push_back({std::move(name), ColumnType::float64, std::move(words), std::move(unit)});
  };
  for (const char* axis : AXES)
    number(std::string("spacing_") + axis, "of the tensor; of a picture without geometry in its pixels",
           "mm");
  for (const char* when : {"before", "after"}) {
    for (const NamedStatistic& one : NAMED_STATISTICS) {
      number(std::string(when) + "_" + std::string(one.name), std::string(when) == "before"
                                                                  ? "of all values of the image as read"
                                                                  : "of all values of the tensor");
    }
  }
  for (const char* axis : AXES) number(std::string("cropped_") + axis, "share of the axis that was cut off");
  for (const char* axis : AXES) number(std::string("padded_") + axis, "share of the axis that was filled in");
  for (const char* axis : AXES) number(std::string("resampled_") + axis, "voxels after for each before");
  number("clipped_fraction",
         "share of the tensor's values that are its smallest or largest, where the plan clips: what was "
         "clipped, "
         "and what padding filled in with the same");
  columns.push_back({"n_slices", ColumnType::integer, "slices along the last axis, or items of two axes"});
  columns.push_back({"n_blank_slices", ColumnType::integer, "of these with one value throughout"});
  columns.push_back({"alarms", ColumnType::text, "see docs/preprocess.md, separated by spaces"});
  columns.push_back({"outlier", ColumnType::text, "columns in which this row is an outlier of the cohort"});
  return columns;
}

Cell number_or_nothing(const Json& list, std::size_t index) {
  return list.is_array() && index < list.size() ? Cell{list[index].get<double>()} : Cell{};
}

std::string shape_text(const Json& shape) {
  std::vector<std::string> words;
  for (const Json& extent : shape) words.push_back(std::to_string(extent.get<std::int64_t>()));
  return join(words, " ");
}

/// Without the column `outlier`.
std::vector<Cell> row_of(const std::string& case_id, Status status, const Json& record, bool clips) {
  std::vector<Cell> row{case_id, std::string(name(status)), text_cell(record.at("input").get<std::string>()),
                        shape_text(record.at("shape"))};
  const Json& axes = record.at("axes");
  // A picture's tensor has two axes of space; the third spacing is of what it was cut from.
  for (std::size_t a = 0; a < AXES.size(); ++a) {
    row.push_back(a < axes.size() ? number_or_nothing(record.at("spacing_mm"), a) : Cell{});
  }
  for (const char* when : {"before", "after"}) {
    for (const NamedStatistic& one : NAMED_STATISTICS) {
      row.emplace_back(record.at(when).at(std::string(one.name)).get<double>());
    }
  }
  for (std::size_t change = 0; change < CHANGES.size(); ++change) {
    for (std::size_t a = 0; a < AXES.size(); ++a)
      row.push_back(a < axes.size() ? number_or_nothing(axes[a], change) : Cell{});
  }
  row.push_back(clips ? Cell{record.at("at_limits").get<double>()} : Cell{});
  row.emplace_back(record.at("n_planes").get<std::int64_t>());
  row.emplace_back(record.at("n_blank").get<std::int64_t>());
  row.push_back(text_cell(join(record.at("alarms").get<std::vector<std::string>>(), " ")));
  return row;
}

std::optional<double> value_of(const Cell& cell) {
  if (const double* number = std::get_if<double>(&cell)) return *number;
  if (const std::int64_t* number = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*number);
  return std::nullopt;
}

/// Per row the names of the columns in which it stands apart.
std::vector<std::string> outliers_of(const std::vector<Column>& columns,
                                     const std::vector<std::vector<Cell>>& rows) {
  std::vector<std::vector<std::string>> names(rows.size());
  for (std::size_t column = 0; column < columns.size(); ++column) {
    if (columns[column].type != ColumnType::float64 && columns[column].type != ColumnType::integer) continue;
    std::vector<std::optional<double>> values;
    for (const auto& row : rows) values.push_back(value_of(row[column]));
    const std::vector<bool> is_outlier = robust_outliers(values);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (is_outlier[row]) names[row].push_back(columns[column].name);
    }
  }
  std::vector<std::string> texts;
  for (const auto& words : names) texts.push_back(join(words, " "));
  return texts;
}

}  // namespace

NamedTable qc_table(const RunRecord& run, bool clips) {
  const std::vector<Column> columns = columns_of();
  std::vector<std::vector<Cell>> rows;
  for (const Case& one : run.cases) {
    const CaseOutcome& outcome = run.outcomes.at(one.id);
    const Json records = outcome.result.value("qc", Json::array());
    for (const Json& record : records) rows.push_back(row_of(one.id, outcome.status, record, clips));
    if (!records.empty()) continue;
    std::vector<Cell>& row = rows.emplace_back(columns.size() - 1);
    row[0] = one.id;
    row[1] = std::string(name(outcome.status));
  }
  const std::vector<std::string> outliers = outliers_of(columns, rows);
  NamedTable named{"qc.csv",
                   "what preparing did to each image, and which numbers stand apart in the cohort",
                   Table(columns),
                   {"case_id", "input"}};
  for (std::size_t row = 0; row < rows.size(); ++row) {
    rows[row].push_back(text_cell(outliers[row]));
    named.table.add_row(std::move(rows[row]));
  }
  return named;
}

bool plan_clips(const Json& plan) {
  return std::ranges::any_of(
      plan, [](const Json& step) { return step.is_object() && step.value("clip", Json()) == Json(true); });
}

}  // namespace radbatch
