// report.json: every number of the page, and the curves' points, for programs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"
#include "radbatch/report/page.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

struct ReportRecord {
  std::string title;
  const PartContext& ctx;
  std::span<const RunData> runs;
  std::span<const ReportPart> parts;
  std::vector<KeyFigure> key_figures;
};

/// {format, format_version, version, title, settings, key_figures, main_results, order, parts: {id: numbers},
/// runs}. Numbers that are not finite, for which JSON has no word, are null.
Json report_json(const ReportRecord& record);

}  // namespace radbatch
