// One HTML file that a person opens after a run: what happened to every case, what the scores look like, what
// failed and why, how it was made and, with labels, how good it is.
//
// The file stands alone: no script, no address, nothing fetched. Every text in it may come from a hostile
// header.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/base/choices.hpp"

namespace radbatch {

struct ReportRequest {
  std::filesystem::path run_folder;             ///< what `infer -o` wrote
  std::optional<std::filesystem::path> labels;  ///< case_id,label or case_id and a 0/1 column per finding
  std::string labels_encoding;                  ///< "gb18030"; empty for UTF-8
  Thumbnails thumbnails = Thumbnails::safe;
  std::string title;             ///< empty: made from the model's name
  std::filesystem::path output;  ///< of the HTML file; empty: run_folder/report.html
};

struct ReportResult {
  std::filesystem::path html;
  std::filesystem::path json;  ///< every number of the page and more; beside the page, same name
  bool wrote = false;          ///< false: both files had these bytes already
  std::vector<std::string> warnings;
};

/// Throws Error(ExitCode::no_input) when the folder holds no tables of a run, Error(ExitCode::usage) when the
/// tables contradict each other or the labels are wrong (naming line, column and what to do),
/// Error(ExitCode::output).
ReportResult write_report(const ReportRequest& request);

}  // namespace radbatch
