// studies.csv and series.csv: what the scan found, for people and scripts, without direct identifiers.
//
// DICOM keywords are column names and hold the raw value; derived columns are snake_case.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "radbatch/study/cohort.hpp"

namespace radbatch {

/// Text cells, empty where missing; rows in the order they are to be written.
struct TextTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

/// One row per case and StudyInstanceUID (one per case for other files): case_id, study_keywords(),
/// age_years, modalities, n_series, n_images, n_files.
TextTable studies_table(std::span<const Case> cases, std::span<const FileRecord> records);
/// One row per image and per other member: case_id, image (its number in the case, from 1), kind,
/// series_keywords(), the derived facts, n_files, reason, detail, the guesses of derived_fields() and of each
/// field its <field>_source (header, rule, pixels, user).
TextTable series_table(std::span<const Case> cases);

/// "045Y", "18M", "006W", "010D" (DICOM AS) in years to two decimals; empty for anything else.
std::string age_years(const std::string& patient_age);

}  // namespace radbatch
