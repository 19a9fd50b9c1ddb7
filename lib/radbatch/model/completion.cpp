#include "radbatch/model/completion.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

namespace fs = std::filesystem;

bool lacks(const Json& object, const char* key) {
  return !object.contains(key) || object.at(key).is_null();
}

bool needs_activation(const Json& sidecar) {
  const Json heads = sidecar.value("heads", Json::array());
  return heads.is_array() && std::ranges::any_of(heads, [](const Json& head) {
           return head.is_object() && lacks(head, "activation");
         });
}

std::vector<std::string> weight_files(const Json& sidecar) {
  std::vector<std::string> files;
  const Json backends = sidecar.value("backends", Json::array());
  for (const Json& backend : backends.is_array() ? backends : Json::array()) {
    const bool named = backend.is_object() && backend.value("file", Json()).is_string();
    if (named && backend.value("kind", Json()) == Json("torchscript"))
      files.push_back(backend["file"].get<std::string>());
  }
  return files;
}

[[noreturn]] void refuse(const Error& problem, const std::string& what) {
  throw Error(ExitCode::model, what + problem.message(), problem.hint());
}

void take_plan(Completion& completion, const std::string& place) {
  if (!completion.monai) {
    throw Error(ExitCode::model, place + ": key 'plan' is missing, and there is no configs/inference.json",
                "write the steps that prepare an image: docs/plan.md");
  }
  completion.sidecar["plan"] = to_json(completion.monai->plan);
  completion.notes.push_back("the plan is that of " + completion.monai->from);
}

void take_activations(Completion& completion, const std::string& place) {
  Json& heads = completion.sidecar["heads"];
  for (std::size_t i = 0; i < heads.size(); ++i) {
    if (!heads[i].is_object() || !lacks(heads[i], "activation")) continue;
    const auto declared =
        completion.monai && completion.monai->output ? completion.monai->output->activation : std::nullopt;
    if (!declared) {
      throw Error(ExitCode::model,
                  fmt::format("{}: heads[{}].activation is missing, and {}", place, i,
                              completion.monai ? completion.monai->from + " has no Activations: undeclared"
                                               : "there is no configs/inference.json"),
                  "say softmax or sigmoid, or inside when the network applies it itself");
    }
    heads[i]["activation"] = name(*declared);
    completion.notes.push_back(
        fmt::format("heads[{}].activation is that of {}: {}", i, completion.monai->from, name(*declared)));
  }
}

/// The steps that change something, as text.
std::vector<std::string> working_steps(const Plan& plan) {
  std::vector<std::string> steps;
  for (const Json& step : to_json(plan)) {
    const auto& word = step.at("name").get_ref<const std::string&>();
    if (word != "LoadImage" && word != "EnsureChannelFirst" && word != "EnsureType" && word != "CastToType" &&
        word != "ToTensor")
      steps.push_back(canonical(step));
  }
  return steps;
}

std::string difference(const Plan& ours, const Plan& theirs, const std::string& from) {
  const std::vector<std::string> a = working_steps(ours);
  const std::vector<std::string> b = working_steps(theirs);
  if (a == b) return {};
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  const auto step = [&](const std::vector<std::string>& steps) {
    return at < steps.size() ? steps[at] : "nothing";
  };
  return fmt::format("the plan of radbatch.json is not the chain of {}: {} here, {} there", from, step(a),
                     step(b));
}

}  // namespace

Completion complete_sidecar(Json sidecar, const fs::path& folder, const std::string& place) {
  Completion completion;
  const bool is_object = sidecar.is_object();
  completion.has_own_plan = is_object && !lacks(sidecar, "plan");
  const bool is_needed = is_object && (!completion.has_own_plan || needs_activation(sidecar));
  const std::vector<std::string> files = is_object ? weight_files(sidecar) : std::vector<std::string>();
  completion.sidecar = std::move(sidecar);
  if (!is_object) return completion;
  try {
    completion.metadata = read_metadata(folder);
    completion.monai = find_monai_plan(folder, is_needed ? files : std::vector<std::string>());
    if (completion.monai) completion.notes = completion.monai->notes;
  } catch (const Error& problem) {
    if (is_needed) refuse(problem, "");
    completion.notes.push_back("not read: " + problem.message());
  }
  if (!completion.has_own_plan) take_plan(completion, place);
  if (needs_activation(completion.sidecar)) take_activations(completion, place);
  return completion;
}

std::vector<std::string> disagreements(const Completion& completion, const Plan& plan) {
  const std::optional<PlanSource>& monai = completion.monai;
  if (monai && !completion.has_own_plan) return monai->warnings;
  std::vector<std::string> found = contradictions(plan, completion.metadata);
  if (!monai) return found;
  if (std::string text = difference(plan, monai->plan, monai->from); !text.empty())
    found.push_back(std::move(text));
  if (!monai->output || !monai->output->activation) return found;
  for (const Json& head : completion.sidecar.at("heads")) {
    if (head.at("activation") == Json(name(*monai->output->activation))) continue;
    found.push_back(fmt::format("head {}: activation {} in radbatch.json, {} in {}", head.at("name").dump(),
                                head.at("activation").dump(), name(*monai->output->activation), monai->from));
  }
  return found;
}

}  // namespace radbatch
