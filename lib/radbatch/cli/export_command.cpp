#include "radbatch/cli/export_command.hpp"

#include <fmt/format.h>

#include "radbatch/base/error.hpp"
#include "radbatch/batch/clinic_export.hpp"
#include "radbatch/cli/command_line.hpp"
#include "radbatch/cli/shared_options.hpp"
#include "radbatch/cli/values.hpp"

namespace radbatch {
namespace {

constexpr const char* example = "radbatch export results --to for-the-pacs --format dicom-sr,dicom-sc";

void declare(CommandLine& line, ExportOptions& options, SharedOptions& shared,
             std::vector<std::string>& runs) {
  line.arguments("RUN", runs, "run folder that radbatch-infer or radbatch-ensemble wrote");
  line.group("Export");
  line.option(
      {.names = "--to",
       .metavar = "DIR",
       .help = "Folder to write: each format gets a folder in it, export.csv has what became of each case",
       .set = [&](const std::string& word) { options.to = word; }});
  line.option(
      {.names = "--format",
       .metavar = "LIST",
       .help = "dicom-sr: a structured report per study; dicom-sc: the pictures as secondary captures (both "
               "name the patient); bids: a derivative; clinicadl: its tables",
       .set = [&](const std::string& word) { options.formats = parse_export_formats(word); }});
  line.option(
      {.names = "--labels",
       .metavar = "FILE",
       .help = "For clinicadl, the truth: a table with case_id and label, or a 0/1 column per finding",
       .set = [&](const std::string& word) { options.labels = word; }});
  line.flag("--all-cases", options.all_cases, "For bids, a line also for cases without scores");
  line.option({.names = "--cpus",
               .metavar = "N",
               .help = "Processors to use; as many as this process may",
               .set = [&](const std::string& word) { shared.cpus = parse_count(word); }});
}

}  // namespace

int export_command(const std::vector<std::string>& words, Terminal& terminal) {
  ExportOptions options;
  SharedOptions shared;
  std::vector<std::string> runs;
  CommandLine line("radbatch export",
                   "Give the results of a run to other systems: DICOM reports and pictures, BIDS, ClinicaDL.",
                   example);
  declare(line, options, shared, runs);
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  if (const auto text = line.parse(static_cast<int>(arguments.size()), arguments.data())) {
    fmt::print("{}", *text);
    return 0;
  }
  if (runs.size() != 1 || options.to.empty() || options.formats.empty())
    throw Error(ExitCode::usage, "export needs one run folder, --to DIR and --format LIST", example);
  options.run = runs.front();
  return export_results(options, resolve_resources(shared), terminal);
}

int export_layout(const std::filesystem::path& run, const std::string& layout, Terminal& terminal) {
  ExportOptions options;
  options.run = run;
  options.to = run / "export";
  options.formats = parse_export_formats(layout);
  for (const std::string& format : options.formats) {
    if (!format.starts_with("dicom")) continue;
    throw Error(ExitCode::usage, "--layout takes bids and clinicadl: " + format + " names patients",
                "radbatch export RUN --to DIR --format " + format);
  }
  return export_results(options, resolve_resources({}), terminal);
}

}  // namespace radbatch
