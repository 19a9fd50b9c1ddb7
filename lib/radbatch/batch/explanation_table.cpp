#include "radbatch/batch/explanation_table.hpp"

#include <algorithm>

#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

Json explanation_of(const CaseOutcome& outcome) {
  return outcome.result.value("explanation", Json());
}

Cell text(const Json& record, const char* key) {
  return text_cell(record.value(key, std::string()));
}

Cell number(const Json& value) {
  return value.is_number() ? Cell(value.get<double>()) : Cell();
}

/// "12 40 33"
std::string words(const Json& numbers) {
  std::vector<std::string> texts;
  for (const Json& one : numbers) texts.push_back(std::to_string(one.get<std::int64_t>()));
  return join(texts, " ");
}

std::vector<Column> columns() {
  return {{"case_id", ColumnType::text, "the case", {}, true},
          {"finding", ColumnType::category, "whose score is explained", {}, true},
          {"method", ColumnType::category, "occlusion, gradients, integrated-gradients or cam", {}, true},
          {"reason", ColumnType::category, "why there is no explanation, or not all of it; empty: there is"},
          {"detail", ColumnType::text, "the same in words"},
          {"items", ColumnType::text, "slices or frames that were explained, from 0"},
          {"score", ColumnType::float64, "the number that is explained, of the item with the peak: log-odds"},
          {"baseline_score", ColumnType::float64, "integrated gradients: the same of the baseline"},
          {"sum", ColumnType::float64, "integrated gradients: sum of the item's map"},
          {"peak_value", ColumnType::float32, "the value of the map that is farthest from 0"},
          {"peak_item", ColumnType::integer, "where it is: item"},
          {"peak_voxel", ColumnType::text, "voxel of the tensor, from 0"},
          {"peak_x_mm", ColumnType::float64, "place in the patient, towards the left", "mm"},
          {"peak_y_mm", ColumnType::float64, "towards the back", "mm"},
          {"peak_z_mm", ColumnType::float64, "towards the head", "mm"},
          {"picture", ColumnType::text, "PNG, in the run folder"},
          {"volume", ColumnType::text, "NIfTI in the study's space"},
          {"array", ColumnType::text, "HDF5 file with the dataset /tensors/<case_id>/explanation"}};
}

std::vector<Cell> row_of(const std::string& case_id, const Json& result, const Json& record) {
  const Json peak = record.value("peak", Json::object());
  std::vector<Cell> row{case_id,
                        record.at("finding").get<std::string>(),
                        record.at("settings").at("method").get<std::string>(),
                        text(record, "reason"),
                        text(record, "detail"),
                        text_cell(words(record.value("items", Json::array()))),
                        number(record.value("score", Json())),
                        number(record.value("baseline_score", Json())),
                        number(record.value("sum", Json())),
                        number(peak.value("value", Json()))};
  row.push_back(peak.contains("item") ? Cell(peak["item"].get<std::int64_t>()) : Cell());
  row.push_back(text_cell(words(peak.value("voxel", Json::array()))));
  for (std::size_t axis = 0; axis < 3; ++axis)
    row.push_back(peak.contains("lps_mm") ? number(peak["lps_mm"].at(axis)) : Cell());
  row.push_back(text(record, "picture"));
  row.push_back(text(record, "volume"));
  row.push_back(peak.empty() ? Cell() : text_cell(result.value("arrays", Json::object()).value("file", "")));
  return row;
}

}  // namespace

bool has_explanations(const RunRecord& run) {
  return std::ranges::any_of(
      run.cases, [&](const Case& one) { return run.outcomes.at(one.id).result.contains("explanation"); });
}

NamedTable explanation_table(const RunRecord& run) {
  NamedTable named{"explanations.csv", "cases whose scores were explained", Table(columns()), {"case_id"}};
  for (const Case& one : run.cases) {
    const CaseOutcome& outcome = run.outcomes.at(one.id);
    const Json record = explanation_of(outcome);
    if (record.is_object()) named.table.add_row(row_of(one.id, outcome.result, record));
  }
  return named;
}

std::vector<ResultsContent::Link> explanation_links(const RunRecord& run) {
  std::vector<ResultsContent::Link> links;
  for (const Case& one : run.cases) {
    const Json& result = run.outcomes.at(one.id).result;
    const bool has_map =
        explanation_of(run.outcomes.at(one.id)).is_object() && result["explanation"].contains("peak");
    if (has_map && result.contains("arrays"))
      links.push_back(
          {one.id, result["arrays"].at("file").get<std::string>(), "/tensors/" + one.id + "/explanation"});
  }
  return links;
}

}  // namespace radbatch
