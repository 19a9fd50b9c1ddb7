#include "radbatch/batch/restore.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/case_filter.hpp"
#include "radbatch/batch/convert.hpp"
#include "radbatch/batch/ensemble.hpp"
#include "radbatch/batch/infer.hpp"
#include "radbatch/batch/journal_reader.hpp"
#include "radbatch/batch/preprocess.hpp"
#include "radbatch/model/bundle.hpp"

namespace radbatch {
namespace {

/// The file that gave the results, where its digest tells; else the kind. What this processor could run is no
/// matter: a run of a compute node may be merged elsewhere.
std::string recorded_backend(const RunFolder& folder, const Json& model) {
  const std::string kind = model.at("backend").get<std::string>();
  const Bundle bundle = load_bundle(folder.model_folder());
  for (const Backend& backend : bundle.backends) {
    const bool is_known = !backend.sha256.empty() && (!backend.weights || !backend.weights->sha256.empty());
    if (backend.kind == kind && is_known && model_sha256(bundle, backend) == model.at("sha256"))
      return backend.file;
  }
  return kind;
}

std::unique_ptr<Tool> restore_tool(const RunFolder& folder, const Json& identity, const RunOptions& run,
                                   const Json& wishes = nullptr) {
  const std::string tool = identity.at("tool").get<std::string>();
  const Json& options = identity.at("options");
  if (tool == "scan") {
    throw Error(ExitCode::usage, printable(folder.root().string()) + " holds a scan, not a run",
                "radbatch select " + printable(folder.root().string()) + " --explain CASE");
  }
  if (tool == "convert") return make_convert(convert_options_from_json(options), run);
  if (tool == "ensemble") return restore_ensemble(folder);
  const ImageChoice choice{"", options.value("select", Json()),
                           find_on_many(options.at("on_many").get<std::string>())};
  if (tool == "preprocess") {
    PreprocessOptions preprocess;
    (identity.at("model").is_null() ? preprocess.plan : preprocess.model) = folder.model_folder();
    preprocess.choice = choice;
    preprocess.format = parse_tensor_format(options.value("format", "h5"));
    apply_wishes(wishes, preprocess);
    return make_preprocess(preprocess, run);
  }
  InferOptions infer;
  infer.model = folder.model_folder();
  infer.backend = recorded_backend(folder, identity.at("model"));
  infer.verify = false;
  infer.choice = choice;
  infer.precision = options.value("precision", "fp32");
  infer.reference = options.value("reference", false);
  infer.beyond = beyond_options_from_json(options);
  infer.levels = {options.value("logits", false), options.value("features", false)};
  infer.repooled = identity.value("repooled", Json());
  infer.prepared = identity.at("plan") == "external";
  if (wishes.is_object()) infer.preview = preview_options_from_json(wishes.value("preview", Json()));
  if (wishes.is_object()) infer.explain.is_asked_before = wishes.value("explain", false);
  return make_infer(infer, run);
}

}  // namespace

RunOptions restored_options(const RunFolder& folder) {
  const Json identity = folder.identity();
  RunOptions options;
  options.out = folder.root();
  options.case_by = identity.at("options").at("case_by").get<std::vector<std::string>>();
  apply_grouping_json(identity.value("cases", Json()), options);
  options.device = identity.value("device", "cpu");
  options.threads = identity.at("options").value("threads", 1);
  return options;
}

std::vector<SelectionRule> restored_rules(const RunFolder& folder) {
  const Json identity = folder.identity();
  if (identity.at("tool") == "scan") return {};
  return restore_tool(folder, identity, restored_options(folder))->rules();
}

RestoredRun restore_run(const RunFolder& folder) {
  const Json identity = folder.identity();
  RunOptions options = restored_options(folder);
  RestoredRun run;
  run.sittings = read_sittings(folder.journal());
  const Json wishes = run.sittings.empty() ? Json() : run.sittings.back().value("wishes", Json());
  run.tool = restore_tool(folder, identity, options, wishes);
  run.found = remembered_cohort(folder, options.case_options());
  run.found.cohort.cases = one_image_each(std::move(run.found.cohort.cases), run.tool->rules());
  if (!run.sittings.empty()) apply_filter_json(run.sittings.back().at("filter"), options);
  for (const Case& one : run.found.cohort.cases) run.files_in_cases += one.files.size();
  run.taken = filtered(std::exchange(run.found.cohort.cases, {}), options);
  std::map<std::string, std::string> fingerprints;
  for (const Case& one : run.taken) fingerprints[one.id] = fingerprint(one, run.found.records);
  run.outcomes = Outcomes(folder.journal(), fingerprints);
  return run;
}

}  // namespace radbatch
