// What a report writes beside its page: metrics, lists, tables, figures, checklists, and the look-up list in
// private/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/output_options.hpp"
#include "radbatch/report/parts.hpp"

namespace radbatch {

struct FinishedReport {
  const PartSources& sources;
  const OutputPlaces& places;
  const std::vector<ReportPart>& parts;
  const std::vector<CaseList>& lists;
};

struct FilesBeside {
  std::optional<std::filesystem::path> review;  ///< private/review.html
  std::vector<std::string> notes;               ///< for the terminal: what was written and what to do with it
  std::vector<std::string> warnings;
};

/// Files of an earlier report that this one does not have are removed. Throws Error(ExitCode::output).
FilesBeside write_files_beside(const FinishedReport& report);

}  // namespace radbatch
