#include "radbatch/batch/restore.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/batch/case_filter.hpp"
#include "radbatch/batch/convert.hpp"
#include "radbatch/batch/infer.hpp"
#include "radbatch/batch/journal.hpp"
#include "radbatch/batch/preprocess.hpp"

namespace radbatch {
namespace {

std::unique_ptr<Tool> restore_tool(const RunFolder& folder, const Json& identity, const RunOptions& run) {
  const std::string tool = identity.at("tool").get<std::string>();
  const Json& options = identity.at("options");
  if (tool == "convert") return make_convert(convert_options_from_json(options), run);
  const auto on_many = find_on_many(options.at("on_many").get<std::string>());
  if (tool == "preprocess") return make_preprocess({folder.model_folder(), on_many, Thumbnails::none}, run);
  InferOptions infer;
  infer.model = folder.model_folder();
  infer.backend = identity.at("model").at("backend").get<std::string>();
  infer.verify = false;
  infer.on_many = on_many;
  return make_infer(infer, run);
}

}  // namespace

RestoredRun restore_run(const RunFolder& folder) {
  const Json identity = folder.identity();
  RunOptions options;
  options.out = folder.root();
  options.case_by = identity.at("options").at("case_by").get<std::vector<std::string>>();
  options.device = identity.value("device", "cpu");
  RestoredRun run;
  run.tool = restore_tool(folder, identity, options);
  run.found = remembered_cohort(folder, options.case_by);
  run.sittings = read_sittings(folder.journal());
  if (!run.sittings.empty()) apply_filter_json(run.sittings.back().at("filter"), options);
  run.taken = filtered(run.found.cohort.cases, options);
  std::map<std::string, std::string> fingerprints;
  for (const Case& one : run.taken) fingerprints[one.id] = fingerprint(one, run.found.records);
  run.outcomes = read_journals(folder.journal(), fingerprints);
  return run;
}

}  // namespace radbatch
