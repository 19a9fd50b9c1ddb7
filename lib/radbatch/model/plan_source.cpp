#include "radbatch/model/plan_source.hpp"

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/model/archive.hpp"
#include "radbatch/model/monai_language.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

Json read_python_json(const fs::path& path) {
  std::string text;
  try {
    text = read_file(path);
  } catch (const Error& problem) {
    throw Error(ExitCode::usage, problem.message(), problem.hint());
  }
  return parse_python_json(text, printable(path.string()));
}

Json read_if_there(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) ? read_python_json(path) : Json();
}

PlanSource monai_plan(const Json& config, const Json& metadata, const std::string& file) {
  MonaiConfig read = read_monai_config(config, metadata, file);
  PlanSource source;
  source.plan = std::move(read.plan);
  source.from = file + " (MONAI)";
  source.output = read.output;
  source.notes = std::move(read.notes);
  source.warnings = contradictions(source.plan, metadata);
  return source;
}

/// A list of steps, a sidecar with a plan, or MONAI's configuration.
PlanSource plan_in(const Json& json, const Json& metadata, const std::string& file) {
  if (json.is_array()) return {parse_plan(json, file + ": plan"), file, {}, {}, {}};
  if (json.is_object() && json.contains("plan"))
    return {parse_plan(json["plan"], file + ": plan"), file, {}, {}, {}};
  if (is_monai_config(json)) return monai_plan(json, metadata, file);
  throw Error(ExitCode::usage, file + " holds no plan",
              "a plan is a JSON list of steps, a radbatch.json, or the inference.json of a MONAI bundle "
              "(docs/plan.md)");
}

[[noreturn]] void refuse_yaml(const fs::path& path) {
  const std::string name = path.filename().string();
  throw Error(
      ExitCode::usage, printable(path.string()) + " is YAML, which radbatch does not read",
      "make JSON of it: python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), "
      "sys.stdout, indent=2)' " +
          name + " > " + path.stem().string() + ".json");
}

PlanSource plan_of_archive(const fs::path& path) {
  const std::string file = printable(path.string());
  const auto record = [&](const char* name) -> Json {
    const auto text = read_archive_record(path, name);
    return text ? parse_python_json(*text, file + ": " + name) : Json();
  };
  if (const Json sidecar = record("extra/radbatch.json"); !sidecar.is_null())
    return plan_in(sidecar, nullptr, file + ": extra/radbatch.json");
  if (const Json config = record("extra/inference.json"); !config.is_null())
    return plan_in(config, record("extra/metadata.json"), file + ": extra/inference.json");
  throw Error(ExitCode::usage, file + " is " + description(triage_model_file(path)) + " that carries no plan",
              "MONAI's ckpt_export embeds one with --config_file configs/inference.json");
}

PlanSource plan_of_folder(const fs::path& folder) {
  std::error_code ignored;
  const Json sidecar = read_if_there(folder / "radbatch.json");
  if (sidecar.is_object() && sidecar.contains("plan")) return load_plan(folder / "radbatch.json");
  if (fs::exists(folder / "configs/inference.json", ignored))
    return load_plan(folder / "configs/inference.json");
  for (const char* name : {"configs/inference.yaml", "configs/inference.yml"}) {
    if (fs::exists(folder / name, ignored)) refuse_yaml(folder / name);
  }
  throw Error(ExitCode::usage, printable(folder.string()) + " holds no plan",
              "looked for radbatch.json with a plan and for configs/inference.json");
}

}  // namespace

PlanSource load_plan(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    throw Error(ExitCode::usage, printable(path.string()) + ": there is no such plan");
  if (fs::is_directory(path)) return plan_of_folder(path);
  const std::string ending = to_lower_ascii(path.extension().string());
  if (ending == ".yaml" || ending == ".yml") refuse_yaml(path);
  if (ending == ".ts" || ending == ".pt" || ending == ".pt2" || ending == ".pth")
    return plan_of_archive(path);
  return plan_in(read_python_json(path), read_if_there(path.parent_path() / "metadata.json"),
                 printable(path.string()));
}

std::optional<PlanSource> find_monai_plan(const fs::path& folder, const std::vector<std::string>& files) {
  std::error_code ignored;
  const fs::path config = folder / "configs/inference.json";
  if (fs::exists(config, ignored))
    return monai_plan(read_python_json(config), read_metadata(folder), printable(config.string()));
  for (const std::string& file : files) {
    const fs::path path = folder / file;
    if (!fs::is_regular_file(path, ignored)) continue;
    const auto text = read_archive_record(path, "extra/inference.json");
    if (!text) continue;
    const std::string place = printable(path.string()) + ": extra/inference.json";
    const auto metadata = read_archive_record(path, "extra/metadata.json");
    return monai_plan(parse_python_json(*text, place),
                      metadata ? parse_python_json(*metadata, place) : Json(), place);
  }
  return std::nullopt;
}

Json read_metadata(const fs::path& folder) {
  return read_if_there(folder / "configs/metadata.json");
}

}  // namespace radbatch
