// radbatch-preprocess: studies to the tensors that a model takes.
#include "radbatch/batch/preprocess.hpp"

#include "radbatch/batch/run_cohort.hpp"
#include "radbatch/batch/scan_folder.hpp"
#include "radbatch/cli/model_options.hpp"
#include "radbatch/cli/plan_commands.hpp"
#include "radbatch/cli/tool_main.hpp"

using namespace radbatch;

int main(int argc, char** argv) {
  SharedOptions shared;
  PreprocessOptions options;
  PlanCommands commands;
  CommandLine line("radbatch-preprocess", "Prepare studies as a model takes them: one HDF5 tensor per case.",
                   "radbatch-preprocess --model models/body-region STUDIES -o tensors");
  declare_model_option(line, options.model);
  declare_plan_options(line, options, commands);
  declare_run_options(line, shared);
  line.group("Model");
  declare_image_choice(line, options.choice, options.thumbnails);
  declare_reference_option(line, options.reference);
  declare_output_options(line, shared);
  return tool_main(line, shared, argc, argv, [&](Terminal& terminal) {
    if (const std::optional<int> status = run_plan_command(commands, options, shared)) return *status;
    const RunOptions run = with_scan_settings(resolve(shared, false));
    require_model_or_plan(options);
    const std::unique_ptr<Tool> tool = make_preprocess(options, run);
    return run_cohort(*tool, run, terminal);
  });
}
