// radbatch-convert: studies to volumes that other software reads.
#include "radbatch/batch/convert.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/batch/run_cohort.hpp"
#include "radbatch/batch/scan_folder.hpp"
#include "radbatch/cli/tool_main.hpp"
#include "radbatch/cli/values.hpp"

using namespace radbatch;

namespace {

void declare(CommandLine& line, ConvertOptions& options) {
  line.group("Conversion")
      .text("--format", "FORMAT", options.format, "nii.gz, nii, nrrd, mha, png (a file per slice) or h5")
      .text("--tilt", "HOW", options.tilt, "Tilted gantry: fix (resample), keep (sheared matrix) or refuse")
      .text("--uneven", "HOW", options.uneven, "Uneven slice steps: resample, keep (mean step) or refuse")
      .text("--layout", "LAYOUT", options.layout, "bids: a BIDS data set instead of a folder per case")
      .text("--name", "TEMPLATE", options.name,
            "Names of the files: {case_id}/{SeriesNumber}_{SeriesDescription}", Shown::all)
      .flag("--preview", options.preview, "A contact sheet of each image in previews/")
      .option({.names = "--thumbnails",
               .metavar = "WHICH",
               .help = "Contact sheets of safe (not of kinds that often show names) or all images",
               .standard = "safe",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.thumbnails = parse_thumbnails(word); }})
      .flag("--keep-phi", options.keep_phi, "Keep names, ids and dates in sidecars; recorded in run.json",
            Shown::all);
}

void warn(const ConvertOptions& options, Terminal& terminal) {
  if (options.keep_phi) terminal.warning("--keep-phi: the sidecars identify patients; run.json says so");
  if (options.layout == "bids") {
    terminal.warning(
        "BIDS has no place for CT, X-ray, ultrasound and some MR: those are in folders that .bidsignore "
        "lists");
  }
}

}  // namespace

int main(int argc, char** argv) {
  SharedOptions shared;
  ConvertOptions options;
  CommandLine line("radbatch-convert", "Convert studies to NIfTI volumes with sidecars, one folder per case.",
                   "radbatch-convert STUDIES -o volumes");
  declare_run_options(line, shared, LayoutName::input_layout);
  declare(line, options);
  declare_output_options(line, shared);
  return tool_main(line, shared, argc, argv, [&](Terminal& terminal) {
    const RunOptions run = with_scan_settings(resolve(shared));
    const std::unique_ptr<Tool> tool = make_convert(options, run);
    warn(options, terminal);
    return run_cohort(*tool, run, terminal);
  });
}
