// radbatch-report: run folders and labels to one page that a person opens, with its numbers beside it.
#include "radbatch/report/report.hpp"

#include <fmt/format.h>

#include <csignal>

#include "radbatch/base/error.hpp"
#include "radbatch/batch/clinic_export.hpp"
#include "radbatch/batch/signals.hpp"
#include "radbatch/cli/export_command.hpp"
#include "radbatch/cli/report_calibration_options.hpp"
#include "radbatch/cli/report_comparison_options.hpp"
#include "radbatch/cli/report_figure_options.hpp"
#include "radbatch/cli/report_input_options.hpp"
#include "radbatch/cli/report_level_options.hpp"
#include "radbatch/cli/report_output_options.hpp"
#include "radbatch/cli/report_threshold_options.hpp"
#include "radbatch/cli/report_use_options.hpp"
#include "radbatch/cli/tool_main.hpp"
#include "radbatch/cli/values.hpp"

using namespace radbatch;

int main(int argc, char** argv) {
  SharedOptions shared;
  ReportRequest request;
  ReportLevelOptions levels;
  std::vector<std::string> folders;
  std::string layout;
  CommandLine line(
      "radbatch-report",
      "Make the page and the numbers of a study: cases, scores, accuracy, failures, how it was made.",
      "radbatch-report results --labels labels.csv");
  line.arguments("OUT...", folders, "run folders that radbatch-infer wrote; the first is judged");
  declare_report_input_options(line, request.inputs);
  declare_threshold_options(line, request.thresholds);
  declare_calibration_options(line, request.calibration);
  declare_use_options(line, request.use);
  declare_comparison_options(line, request.comparison);
  declare_subgroup_options(line, request.subgroups);
  declare_drift_options(line, request.drift);
  declare_sensitivity_options(line, request.sensitivity);
  declare_report_level_options(line, levels);
  declare_report_output_options(line, request.output);
  declare_table1_options(line, request.table1);
  line.text("--layout", "NAMES", layout, "Also write results in other forms to OUT/export: bids, clinicadl",
            Shown::all);
  declare_report_figure_options(line, request.figures);
  declare_output_options(line, shared);
  return tool_main(line, shared, argc, argv, [&](Terminal& terminal) {
    if (folders.empty() && request.inputs.predictions.empty())
      throw Error(ExitCode::usage, "name a run folder", "radbatch-report OUT");
    if (!layout.empty() && folders.empty())
      throw Error(ExitCode::usage,
                  "--layout needs a run folder: --predictions alone name no patients or sessions");
    request.inputs.run_folders.assign(folders.begin(), folders.end());
    request.regression = levels.regression;
    request.readers = levels.readers;
    request.frames = levels.frames;
    request.frames.map = request.inputs.label.map;
    if (request.output.cpus == 0) request.output.cpus = available_cpus();
    if (!layout.empty()) parse_export_formats(layout);  // a wrong word is told before the work
    // Files are whole or not there, so Ctrl-C may end the report at once; the export stops in an orderly way.
    for (const int number : {SIGINT, SIGTERM}) std::signal(number, SIG_DFL);
    const ReportResult result = write_report(request);
    catch_signals();
    for (const std::string& warning : result.warnings) terminal.warning(warning);
    for (const std::string& note : result.notes) terminal.info(note);
    if (result.review) terminal.info("errors to look up: " + result.review->string());
    fmt::print("{}\n", result.html.string());
    const int exported =
        layout.empty() ? 0 : export_layout(request.inputs.run_folders.front(), layout, terminal);
    return result.reruns_pass ? exported : static_cast<int>(ExitCode::cases);
  });
}
