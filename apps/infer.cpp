// radbatch-infer: a cohort of studies to scores.
#include "radbatch/batch/infer.hpp"

#include "radbatch/batch/run_cohort.hpp"
#include "radbatch/batch/scan_folder.hpp"
#include "radbatch/batch/self_test.hpp"
#include "radbatch/cli/beyond_options.hpp"
#include "radbatch/cli/estimate_option.hpp"
#include "radbatch/cli/explain_options.hpp"
#include "radbatch/cli/level_options.hpp"
#include "radbatch/cli/model_options.hpp"
#include "radbatch/cli/plan_commands.hpp"
#include "radbatch/cli/tool_main.hpp"
#include "radbatch/cli/values.hpp"

using namespace radbatch;

int main(int argc, char** argv) {
  SharedOptions shared;
  InferOptions options;
  EstimateOptions estimating;
  CommandLine line("radbatch-infer", "Classify a cohort of studies with a model; every case gets one row.",
                   "radbatch-infer --model models/body-region STUDIES -o results");
  declare_model_option(line, options.model);
  declare_run_options(line, shared);
  line.group("Model");
  declare_image_choice(line, options.choice, options.thumbnails);
  declare_reference_option(line, options.reference);
  declare_preview_option(line, options.preview);
  declare_explain_options(line, options.explain);
  declare_cache_option(line, options.cache);
  line.flag("--prepared", options.prepared,
            "The inputs are tensors made elsewhere (.h5, .npy, .npz); recorded as plan external", Shown::all);
  declare_level_options(line, options.levels);
  declare_backend_options(line, options, shared);
  declare_strict_option(line, options.strict);
  declare_beyond_options(line, options.beyond);
  declare_estimate_option(line, estimating);
  declare_output_options(line, shared);
  return tool_main(line, shared, argc, argv, [&](Terminal& terminal) {
    if (estimating.sample > 0 && shared.run.out.empty()) shared.run.out = ".";
    const RunOptions run = with_scan_settings(resolve(shared));
    require_model(options.model);
    options.preview.thumbnails = options.thumbnails;
    options.preview.seed = run.seed;
    const auto make_tool = [&](const RunOptions& of) { return make_infer(options, of); };
    if (estimating.sample > 0) return show_estimate(estimating, run, make_tool, shared.json, terminal);
    const std::unique_ptr<Tool> tool = make_tool(run);
    if (!run.dry_run) require_self_test(options.model, run, terminal);
    return run_cohort(*tool, run, terminal);
  });
}
