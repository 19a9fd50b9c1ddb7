// The options of report about numbers, readers and the frames of videos.
#pragma once

#include "radbatch/cli/command_line.hpp"
#include "radbatch/report/frame_labels.hpp"
#include "radbatch/report/readers_part.hpp"
#include "radbatch/report/regression_part.hpp"

namespace radbatch {

struct ReportLevelOptions {
  RegressionOptions regression;
  ReaderOptions readers;
  FrameLabelOptions frames;  ///< its `map` is that of --map, which others declare
};

/// --frame-labels, --label-fps, --relaxed-window, --reader-arm, --plot-points.
void declare_report_level_options(CommandLine& line, ReportLevelOptions& options);

}  // namespace radbatch
