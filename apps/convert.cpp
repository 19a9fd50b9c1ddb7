// radbatch-convert: studies to volumes that other software reads.
#include "radbatch/batch/convert.hpp"

#include "radbatch/batch/run_cohort.hpp"
#include "radbatch/cli/tool_main.hpp"

using namespace radbatch;

int main(int argc, char** argv) {
  SharedOptions shared;
  ConvertOptions options;
  CommandLine line("radbatch-convert", "Convert studies to NIfTI volumes with sidecars, one folder per case.",
                   "radbatch-convert STUDIES -o volumes");
  declare_run_options(line, shared);
  line.group("Conversion")
      .text("--format", "FORMAT", options.format, "nii.gz or nii")
      .text("--tilt", "HOW", options.tilt, "tilted gantry: fix (resample), keep (sheared matrix) or refuse")
      .text("--uneven", "HOW", options.uneven, "uneven slice steps: resample, keep (mean step) or refuse");
  declare_output_options(line, shared);
  return tool_main(line, shared, argc, argv, [&](Terminal& terminal) {
    const RunOptions run = resolve(shared, false);
    const std::unique_ptr<Tool> tool = make_convert(options, run);
    return run_cohort(*tool, run, terminal);
  });
}
