// radbatch-preprocess: studies to the tensors that a model takes.
#include "radbatch/batch/preprocess.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/batch/compare_case.hpp"
#include "radbatch/batch/run_cohort.hpp"
#include "radbatch/batch/scan_folder.hpp"
#include "radbatch/cli/model_options.hpp"
#include "radbatch/cli/plan_commands.hpp"
#include "radbatch/cli/tool_main.hpp"

using namespace radbatch;

namespace {

void declare_outputs(CommandLine& line, PreprocessOptions& options) {
  line.group("Outputs");
  line.option({.names = "--format",
               .metavar = "FORMAT",
               .help = "h5, npy (with a .json beside it), or in the tensor's own grid nii.gz, nii, nrrd",
               .standard = "h5",
               .set = [&options](const std::string& word) { options.format = parse_tensor_format(word); }});
  line.flag("--pack", options.pack, "One tensors.h5 of all cases at the end, too");
  declare_preview_option(line, options.preview);
  declare_cache_option(line, options.cache);
}

void declare_compare(CommandLine& line, CompareRequest& request) {
  line.group("Comparison");
  line.option(
      {.names = "--compare",
       .metavar = "FILE",
       .help = "Say what differs from a tensor of --case made elsewhere (.npy, .h5); writes no run folder",
       .set = [&request](const std::string& word) { request.file = word; }});
  line.text("--case", "ID", request.case_id, "The case that --compare prepares: id or unique prefix");
}

}  // namespace

int main(int argc, char** argv) {
  SharedOptions shared;
  PreprocessOptions options;
  PlanCommands commands;
  CompareRequest compare;
  CommandLine line(
      "radbatch-preprocess", "Prepare studies as a model takes them: one tensor per case.",
      "radbatch-preprocess --model models/body-region STUDIES -o tensors --preview\n"
      "  radbatch-preprocess --model models/body-region STUDIES --compare mine.npy --case study-3f2a");
  declare_model_option(line, options.model);
  declare_plan_options(line, options, commands);
  declare_run_options(line, shared);
  declare_outputs(line, options);
  declare_compare(line, compare);
  line.group("Model");
  declare_image_choice(line, options.choice, options.preview.thumbnails);
  declare_reference_option(line, options.reference);
  declare_output_options(line, shared);
  return tool_main(line, shared, argc, argv, [&](Terminal& terminal) {
    if (const std::optional<int> status = run_plan_command(commands, options, shared)) return *status;
    const bool compares = !compare.file.empty();
    if (compares != !compare.case_id.empty())
      throw Error(ExitCode::usage, "--compare and --case go together");
    if (compares && shared.run.out.empty()) shared.run.out = ".";  // not used
    const RunOptions run = with_scan_settings(resolve(shared));
    require_model_or_plan(options);
    options.preview.seed = run.seed;
    if (compares) return compare_case(compare, options, run, terminal);
    const std::unique_ptr<Tool> tool = make_preprocess(options, run);
    return run_cohort(*tool, run, terminal);
  });
}
