// A report of one or several runs: one page that a person opens, and its numbers, tables and lists beside it.
//
// Inputs become columns (inputs.hpp), each analysis makes a part of them (part.hpp), and this composes the
// parts into page, report.json, metrics.csv, lists and, where asked for, tables, figures and checklists. The
// page stands alone: no script, no address, nothing fetched. Every text in it may come from a hostile header.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/calibration_part.hpp"
#include "radbatch/report/comparison.hpp"
#include "radbatch/report/discrimination.hpp"
#include "radbatch/report/drift.hpp"
#include "radbatch/report/figure_files.hpp"
#include "radbatch/report/frame_labels.hpp"
#include "radbatch/report/inputs.hpp"
#include "radbatch/report/output_options.hpp"
#include "radbatch/report/readers_part.hpp"
#include "radbatch/report/regression_part.hpp"
#include "radbatch/report/sensitivity.hpp"
#include "radbatch/report/subgroup.hpp"
#include "radbatch/report/table1.hpp"
#include "radbatch/report/use_part.hpp"

namespace radbatch {

struct ReportRequest {
  InputOptions inputs;
  ThresholdOptions thresholds;
  CalibrationOptions calibration;
  UseOptions use;
  RegressionOptions regression;
  ReaderOptions readers;
  ComparisonOptions comparison;
  SubgroupOptions subgroups;
  DriftOptions drift;
  SensitivityOptions sensitivity;
  FrameLabelOptions frames;
  Table1Options table1;
  FigureOptions figures;
  OutputOptions output;
};

struct ReportResult {
  std::filesystem::path html;
  std::filesystem::path json;  ///< every number of the page and more; beside the page, same name
  std::optional<std::filesystem::path> review;  ///< private/review.html
  bool reruns_pass = true;                      ///< false: a rerun was to be checked and does not pass
  bool wrote = false;                           ///< false: page and report.json had these bytes already
  std::vector<std::string> notes;               ///< for the terminal
  std::vector<std::string> warnings;
};

/// A page is made to stay below this size; pictures give way first, then the ids of the case lists.
inline constexpr std::size_t MOST_PAGE_BYTES = 5'000'000;

/// Throws Error(ExitCode::no_input) when the folder holds no tables of a run, Error(ExitCode::usage) when the
/// tables contradict each other or the labels are wrong (naming line, column and what to do),
/// Error(ExitCode::output).
ReportResult write_report(const ReportRequest& request);

}  // namespace radbatch
