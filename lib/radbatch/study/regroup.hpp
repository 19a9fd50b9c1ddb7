// Cases of a manifest in another grouping than its own: --case-by with its columns and DICOM keywords.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "radbatch/study/manifest.hpp"

namespace radbatch {

/// A case of a manifest and, per input, the files found behind it.
struct ListedCase {
  CaseRecord record;
  std::vector<std::vector<std::size_t>> files;
};

/// One case per value of the columns (where case_by has none, per case of the manifest) and of the DICOM
/// keywords. Ids: "case-" and 20 hex digits of the columns' values; the manifest's id, '-' and 8 hex digits
/// where keywords part a case. Columns that differ within a new case keep all their values, joined with a
/// backslash. Unchanged for the standard case_by. Throws Error(ExitCode::usage) for a column that no case
/// has.
std::vector<ListedCase> regrouped(std::vector<ListedCase> listed, std::span<const FileRecord> records,
                                  const std::vector<std::string>& case_by);

/// StudyInstanceUID, SeriesInstanceUID ...: what files can be grouped by, whatever brought them.
bool is_dicom_group_key(const std::string& word);

}  // namespace radbatch
