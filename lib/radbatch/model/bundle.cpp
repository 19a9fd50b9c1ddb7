#include "radbatch/model/bundle.hpp"

#include <algorithm>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/model/archive.hpp"
#include "radbatch/model/completion.hpp"
#include "radbatch/model/plan_images.hpp"
#include "radbatch/model/sidecar.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

/// The plan speaks of the inputs by name; the name of what it leaves.
std::string bound_to_inputs(Bundle& bundle) {
  std::vector<std::string> names;
  std::set<std::string> with_presence;
  for (const InputSpec& input : bundle.inputs) {
    names.push_back(input.name);
    if (input.if_missing == FillMissing::mask_channel) with_presence.insert(input.name);
  }
  return bind_images(bundle.plan, names, with_presence);
}

void read_plan(const Fields& fields, Bundle& bundle) {
  fields.list("plan");
  try {
    bundle.plan = parse_plan(fields.at("plan"));
    bundle.tensor_name = bound_to_inputs(bundle);
  } catch (const Error& problem) {
    throw Error(ExitCode::model, fields.place("plan") + ": " + problem.message(), problem.hint());
  }
  bundle.plan_json = to_json(bundle.plan);
  bundle.plan_sha256 = plan_sha256(bundle.plan);
}

/// Slices become items, so their way back to the case has to be declared.
void check_pooling_is_declared(const Fields& fields, const Bundle& bundle) {
  for (const PlanStep& step : bundle.plan.steps) {
    if (!std::holds_alternative<step::ExtractSlices>(step) || bundle.pooling.contains(Level::slices))
      continue;
    throw Error(ExitCode::model,
                fields.place("pooling") + " has no rule for slices, and the plan extracts slices",
                "add \"pooling\": {\"slices\": \"mean\"}");
  }
}

/// Windows become items as slices do, unless every head reads a map, which is put together again.
void check_windows(const Fields& fields, const Bundle& bundle) {
  if (!bundle.windows) return;
  for (const PlanStep& step : bundle.plan.steps) {
    if (std::holds_alternative<step::ExtractSlices>(step))
      fields.refuse("windows",
                    "and the plan's ExtractSlices do not go together: windows are cut from one image");
  }
  const bool all_maps =
      std::ranges::all_of(bundle.heads, [](const Head& head) { return head.map.has_value(); });
  if (all_maps || bundle.pooling.contains(Level::windows)) return;
  throw Error(ExitCode::model,
              fields.place("pooling") + " has no rule for windows, and the network looks at windows",
              "add \"pooling\": {\"windows\": \"mean\"}, or \"map\" to heads whose output is dense");
}

void read_texts(const Fields& fields, Bundle& bundle) {
  bundle.intended_use = fields.text("intended_use");
  bundle.not_for = fields.text("not_for", "");
  bundle.licence = fields.text("licence");
  bundle.citation = fields.text("citation", "");
  bundle.training_data = fields.has("training_data") ? fields.at("training_data") : Json::array();
  bundle.metrics = fields.has("metrics") ? fields.at("metrics") : Json::array();
}

Bundle read_bundle(const Completion& completion, const fs::path& folder, const std::string& place) {
  const Fields fields(completion.sidecar, place,
                      {"$schema", "format_version", "name",         "version", "task",          "backends",
                       "inputs",  "plan",           "heads",        "pooling", "batch",         "calibration",
                       "golden",  "reference",      "intended_use", "not_for", "training_data", "metrics",
                       "licence", "citation",       "participants", "cam",     "tta",           "segments",
                       "windows", "features"});
  if (const std::string version = fields.text("format_version"); !version.starts_with("1.")) {
    fields.refuse("format_version", "is '" + printable(version) + "'; this radbatch reads 1.x");
  }
  Bundle bundle;
  bundle.folder = folder;
  bundle.sidecar = completion.sidecar;
  bundle.name = fields.text("name");
  bundle.version = fields.text("version");
  bundle.task = fields.text("task");
  bundle.backends = read_backends(fields);
  bundle.inputs = read_inputs(fields);
  bundle.heads = read_heads(fields);
  bundle.pooling = read_pooling(fields, bundle.heads);
  bundle.segments = read_segments(fields, bundle.heads);
  bundle.windows = read_windows(fields);
  bundle.features = read_features(fields);
  bundle.batch = static_cast<std::int64_t>(fields.count("batch", 8));
  if (bundle.batch < 1 || bundle.batch > 4096) fields.refuse("batch", "must be from 1 to 4096");
  bundle.golden = read_golden_entries(fields);
  bundle.cam = read_cam(fields);
  check_folds(fields, bundle);
  bundle.calibration = read_calibration(fields, bundle.heads);
  bundle.reference = read_reference(fields);
  bundle.tta = read_tta(fields);
  read_plan(fields, bundle);
  bundle.notes = completion.notes;
  bundle.warnings = disagreements(completion, bundle.plan);
  read_texts(fields, bundle);
  check_pooling_is_declared(fields, bundle);
  check_windows(fields, bundle);
  return bundle;
}

[[noreturn]] void refuse_lone_file(const fs::path& path) {
  const ArchiveKind kind = triage_model_file(path);
  const std::string message = path.string() + " is " + description(kind);
  if (const std::string hint = export_hint(kind); !hint.empty()) throw Error(ExitCode::model, message, hint);
  for (const fs::path& folder : {path.parent_path(), path.parent_path().parent_path()}) {
    std::error_code ignored;
    if (!fs::exists(folder / "radbatch.json", ignored)) continue;
    throw Error(ExitCode::model, message + " inside a bundle", "give the folder: --model " + folder.string());
  }
  throw Error(
      ExitCode::model, message + " without a radbatch.json, so what its numbers mean is not declared",
      "put it in a folder with a radbatch.json (models/schema/radbatch.schema.json) and give the folder");
}

}  // namespace

void require_agreement(const Bundle& bundle) {
  if (bundle.warnings.empty()) return;
  throw Error(ExitCode::model, join(bundle.warnings, "; "),
              "correct the files, or run without --strict, which takes radbatch.json's word");
}

Bundle load_bundle(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) throw Error(ExitCode::model, path.string() + ": there is no such model");
  if (!fs::is_directory(path) && path.filename() != "radbatch.json") refuse_lone_file(path);
  const fs::path sidecar = fs::is_directory(path) ? path / "radbatch.json" : path;
  if (!fs::exists(sidecar, ignored)) {
    throw Error(ExitCode::model,
                path.string() + " has no radbatch.json, so what its numbers mean is not declared",
                "write one by models/schema/radbatch.schema.json; models/README.md has an example");
  }
  Json json;
  try {
    json = read_json_file(sidecar);
  } catch (const Error& problem) {
    throw Error(ExitCode::model, problem.message(), problem.hint());
  }
  const fs::path folder = sidecar.has_parent_path() ? sidecar.parent_path() : fs::path(".");
  return read_bundle(complete_sidecar(std::move(json), folder, sidecar.string()), folder, sidecar.string());
}

Bundle bundle_of(Json sidecar, const fs::path& folder) {
  const std::string place = (folder / "radbatch.json").string();
  return read_bundle(complete_sidecar(std::move(sidecar), folder, place), folder, place);
}

}  // namespace radbatch
