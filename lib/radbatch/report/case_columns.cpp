#include "radbatch/report/case_columns.hpp"

#include <algorithm>
#include <array>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/report/label_table.hpp"
#include "radbatch/store/csv_stream.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

constexpr std::array STUDY_COLUMNS{"PatientSex", "age_years", "modalities"};
constexpr std::array SERIES_COLUMNS{"BodyPartExamined",      "ViewPosition",     "Manufacturer",
                                    "ManufacturerModelName", "SliceThickness",   "KVP",
                                    "MagneticFieldStrength", "ConvolutionKernel"};
constexpr std::array TABLES{"private/linkage.csv", "studies.csv", "series.csv"};

fs::path table_path(const RunData& run, const std::string& table) {
  if (run.folder.empty()) return {};
  std::error_code missing;
  const fs::path path = run.folder / table;
  return fs::is_regular_file(path, missing) ? path : fs::path();
}

std::vector<std::string> header_of(const RunData& run, const std::string& table) {
  const fs::path path = table_path(run, table);
  return path.empty() ? std::vector<std::string>() : CsvStream(path, table, ',').header();
}

/// Several columns in one pass: [column][case].
std::vector<std::vector<std::string>> read_columns(const RunData& run, const std::string& table,
                                                   const std::vector<std::string>& names) {
  CsvStream stream(table_path(run, table), table, ',');
  const auto id = stream.find("case_id");
  if (!id) throw Error(ExitCode::usage, table + ": there is no column case_id");
  std::vector<std::vector<std::string>> columns(names.size(), std::vector<std::string>(run.cases.size()));
  std::vector<std::size_t> places;
  for (const std::string& name : names) places.push_back(*stream.find(name));
  std::uint32_t expected = 0;
  while (stream.next()) {
    const bool is_expected = expected < run.cases.size() && run.cases[expected].id == stream.field(*id);
    const auto at = is_expected ? std::optional(expected) : run.find(stream.field(*id));
    if (!at) continue;
    expected = *at + 1;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (columns[i][*at].empty()) columns[i][*at] = stream.field(places[i]);
    }
  }
  return columns;
}

void add_columns(const RunData& run, const std::string& table, std::span<const char* const> wanted,
                 std::vector<Covariate>& covariates) {
  const std::vector<std::string> header = header_of(run, table);
  std::vector<std::string> names;
  for (const char* name : wanted) {
    const bool is_known = std::ranges::find(covariates, name, &Covariate::name) != covariates.end();
    if (!is_known && std::ranges::find(header, name) != header.end()) names.emplace_back(name);
  }
  if (names.empty()) return;
  std::vector<std::vector<std::string>> columns = read_columns(run, table, names);
  const auto is_given = [](const std::string& value) { return !value.empty(); };
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::ranges::any_of(columns[i], is_given)) covariates.push_back({names[i], std::move(columns[i])});
  }
}

}  // namespace

std::optional<std::vector<std::string>> case_column(const RunData& run, const std::string& table,
                                                    std::string_view column) {
  const std::vector<std::string> header = header_of(run, table);
  if (std::ranges::find(header, column) == header.end()) return std::nullopt;
  return read_columns(run, table, {std::string(column)}).front();
}

std::vector<std::string> case_attribute(const RunData& run, const std::string& attribute) {
  if (attribute == "case_id") return {};
  const auto carried = std::ranges::find(run.carried, attribute, &Covariate::name);
  if (carried != run.carried.end()) return carried->values;
  std::vector<std::string> known{"case_id"};
  for (const Covariate& column : run.carried) known.push_back(column.name);
  for (const char* table : TABLES) {
    if (auto values = case_column(run, table, attribute)) return std::move(*values);
    for (const std::string& name : header_of(run, table)) {
      if (std::ranges::find(known, name) == known.end()) known.push_back(name);
    }
  }
  const std::string near = nearest(attribute, known);
  const bool has_linkage = !table_path(run, TABLES[0]).empty();
  throw Error(ExitCode::usage, "the run has no attribute '" + printable(attribute) + "' to find cases by",
              (near.empty() ? "" : "did you mean '" + printable(near) + "'? ") +
                  (has_linkage ? "" : std::string("there is no private/linkage.csv; ")) +
                  "known are: " + printable(join(known, ", ")));
}

std::vector<Covariate> case_covariates(const RunData& run) {
  std::vector<Covariate> covariates;
  for (const Covariate& column : run.carried) {
    if (!names_a_person(column.name)) covariates.push_back(column);
  }
  add_columns(run, "studies.csv", STUDY_COLUMNS, covariates);
  add_columns(run, "series.csv", SERIES_COLUMNS, covariates);
  return covariates;
}

}  // namespace radbatch
