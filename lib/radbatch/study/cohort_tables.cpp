#include "radbatch/study/cohort_tables.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "radbatch/study/attributes.hpp"
#include "radbatch/study/derived_fields.hpp"

namespace radbatch {
namespace {

constexpr std::array<std::string_view, 17> fact_columns{"dims",
                                                        "size",
                                                        "spacing_mm",
                                                        "channels",
                                                        "frames",
                                                        "n_slices",
                                                        "slice_step_mm",
                                                        "slice_step_dev_mm",
                                                        "n_missing_slices",
                                                        "n_duplicate_positions",
                                                        "is_uneven",
                                                        "tilt_degrees",
                                                        "orientation",
                                                        "is_oblique",
                                                        "is_localizer",
                                                        "is_secondary_capture",
                                                        "acquisition_order"};

void append_values(std::vector<std::string>& row, const Json& attributes,
                   std::span<const std::string_view> columns) {
  for (std::string_view column : columns) row.push_back(text_of(attributes, column));
}

/// Derived fields that have no column of their own among the facts.
std::vector<std::string_view> guess_columns() {
  std::vector<std::string_view> columns;
  for (std::string_view field : derived_fields()) {
    if (std::ranges::find(fact_columns, field) == fact_columns.end()) columns.push_back(field);
  }
  return columns;
}

struct StudyFacts {
  const Json* header = nullptr;
  std::set<std::string> modalities, series;
  std::size_t n_files = 0, n_images = 0;
};

std::map<std::string, StudyFacts> studies_of(const Case& one, std::span<const FileRecord> records) {
  std::map<std::string, StudyFacts> studies;
  const auto study_of = [&](std::size_t file) {
    return text_of(records[file].attributes, "StudyInstanceUID");
  };
  for (std::size_t file : one.files) {
    const Json& header = records[file].attributes;
    StudyFacts& study = studies[study_of(file)];
    if (!study.header) study.header = &header;
    ++study.n_files;
    if (const std::string modality = text_of(header, "Modality"); !modality.empty())
      study.modalities.insert(modality);
    if (const std::string uid = text_of(header, "SeriesInstanceUID"); !uid.empty()) study.series.insert(uid);
  }
  for (const Candidate& candidate : one.candidates) {
    if (!candidate.files.empty()) ++studies[study_of(candidate.files.front())].n_images;
  }
  return studies;
}

std::string joined(const std::set<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : "\\") + value;
  return text;
}

}  // namespace

TextTable studies_table(std::span<const Case> cases, std::span<const FileRecord> records) {
  TextTable table{{"case_id"}, {}};
  table.columns.insert(table.columns.end(), study_keywords().begin(), study_keywords().end());
  for (const char* column : {"age_years", "modalities", "n_series", "n_images", "n_files"}) {
    table.columns.emplace_back(column);
  }
  for (const Case& one : cases) {
    for (const auto& [uid, study] : studies_of(one, records)) {
      std::vector<std::string> row{one.id};
      append_values(row, *study.header, study_keywords());
      row.push_back(age_years(text_of(*study.header, "PatientAge")));
      row.push_back(joined(study.modalities));
      row.push_back(std::to_string(study.series.size()));
      row.push_back(std::to_string(study.n_images));
      row.push_back(std::to_string(study.n_files));
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

TextTable series_table(std::span<const Case> cases) {
  TextTable table{{"case_id", "image", "kind"}, {}};
  table.columns.insert(table.columns.end(), series_keywords().begin(), series_keywords().end());
  table.columns.insert(table.columns.end(), fact_columns.begin(), fact_columns.end());
  for (const char* column : {"n_files", "reason", "detail"}) table.columns.emplace_back(column);
  const std::vector<std::string_view> guesses = guess_columns();
  table.columns.insert(table.columns.end(), guesses.begin(), guesses.end());
  for (std::string_view field : derived_fields()) table.columns.push_back(std::string(field) + "_source");
  table.columns.emplace_back("modality_source");
  const auto add = [&](std::vector<std::string> row, const Json& attributes, std::size_t n_files,
                       std::optional<Reason> reason, const std::string& detail) {
    append_values(row, attributes, series_keywords());
    append_values(row, attributes, fact_columns);
    row.push_back(std::to_string(n_files));
    row.emplace_back(reason ? code(*reason) : "");
    row.push_back(detail);
    append_values(row, attributes, guesses);
    for (std::string_view field : derived_fields()) row.push_back(source_of(attributes, field));
    row.push_back(source_of(attributes, "Modality"));
    table.rows.push_back(std::move(row));
  };
  for (const Case& one : cases) {
    for (std::size_t i = 0; i < one.candidates.size(); ++i) {
      const Candidate& candidate = one.candidates[i];
      add({one.id, std::to_string(i + 1), std::string(name(candidate.source.kind))}, candidate.attributes,
          candidate.files.size(), candidate.reason, candidate.detail);
    }
    for (const Member& member : one.members) {
      add({one.id, "", "dicom"}, member.attributes, 1, member.reason, member.detail);
    }
  }
  return table;
}

std::string age_years(const std::string& patient_age) {
  if (patient_age.size() < 2) return {};
  constexpr std::string_view units = "YMWD";
  constexpr std::array<double, 4> per_year{1, 12, 365.25 / 7, 365.25};
  const std::size_t unit = units.find(patient_age.back());
  const std::string digits = patient_age.substr(0, patient_age.size() - 1);
  if (unit == units.npos || digits.find_first_not_of("0123456789") != digits.npos || digits.size() > 3)
    return {};
  const double years = std::round(std::stoi(digits) / per_year[unit] * 100) / 100;
  return text_of(Json{{"years", years}}, "years");
}

}  // namespace radbatch
