#include "radbatch/model/monai_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/model/monai_keys.hpp"
#include "radbatch/model/monai_language.hpp"

namespace radbatch {
namespace {

constexpr std::array<const char*, 4> preprocessing_names{"preprocessing", "deterministic_transforms",
                                                         "validate::preprocessing", "transform"};
constexpr std::array<const char*, 2> postprocessing_names{"postprocessing", "validate::postprocessing"};

std::string class_name(const Json& transform) {
  const std::string target = transform.value("_target_", "");
  return target.substr(target.rfind('.') + 1);
}

std::string without_d(std::string name) {
  if (name.ends_with("d")) name.pop_back();
  return name;
}

/// Parameters of MONAI's dictionary transforms and configuration that keep books and change no number.
void drop_bookkeeping(Json& transform) {
  for (const char* key : {"meta_keys", "meta_key_postfix", "overwriting", "simple_keys", "prune_meta_pattern",
                          "prune_meta_sep", "_disabled_", "_desc_", "_requires_"})
    transform.erase(key);
  // What ITKReader does unless told otherwise, and radbatch too.
  if (transform.value("affine_lps_to_ras", Json()) == Json(true)) transform.erase("affine_lps_to_ras");
  if (transform.value("_mode_", Json()) == Json("default")) transform.erase("_mode_");
}

/// Transforms of MONAI before 1.0 under their later names.
void rename_old(Json& transform) {
  const std::string name = without_d(class_name(transform));
  if (name != "AsChannelFirst" && name != "AddChannel") return;
  transform["_target_"] = "EnsureChannelFirstd";
  transform.erase("channel_dim");
}

class ConfigReader {
 public:
  ConfigReader(const Json& config, const Json& metadata, std::string file)
      : language_(config, file), metadata_(metadata), file_(std::move(file)) {}

  MonaiConfig read() {
    const auto entry =
        std::ranges::find_if(preprocessing_names, [&](const char* name) { return language_.has(name); });
    if (entry == preprocessing_names.end()) {
      throw Error(
          ExitCode::usage, file_ + " has no chain of preparation",
          "looked for " +
              join(std::vector<std::string>(preprocessing_names.begin(), preprocessing_names.end()), ", "));
    }
    read_chain(*entry);
    read_output();
    return std::move(result_);
  }

 private:
  void read_chain(const std::string& entry) {
    std::vector<MonaiItem> chain = language_.components(entry);
    for (MonaiItem& item : chain) {
      if (!item.value.contains("_target_")) language_.refuse(item.id, "a transform needs a _target_");
      if (item.value.contains("_requires_")) result_.notes.push_back(item.id + "::_requires_ is not run");
      item.value.erase("_requires_");
      item.value = language_.resolved(item.value, item.id);
      drop_bookkeeping(item.value);
      rename_old(item.value);
    }
    note_loading(chain);
    result_.image_keys = keep_image_keys(chain, metadata_, result_.notes);
    result_.plan = parse(chain);
  }

  /// parse_plan counts steps; people find them by their place in the file.
  Plan parse(const std::vector<MonaiItem>& chain) const {
    Json steps = Json::array();
    for (const MonaiItem& item : chain) steps.push_back(item.value);
    try {
      return parse_plan(steps, "steps");
    } catch (const Error& problem) {
      std::string text = problem.message();
      std::size_t index = 0;
      const std::size_t bracket = text.find(']');
      if (text.starts_with("steps[") && bracket != std::string::npos) index = std::stoul(text.substr(6));
      if (index >= chain.size() || bracket == std::string::npos) throw;
      std::string rest = text.substr(bracket + 1);
      if (rest.starts_with('.')) rest.replace(0, 1, "::");
      throw Error(ExitCode::usage, file_ + ": " + chain[index].id + rest, problem.hint());
    }
  }

  /// Whatever of post-processing cannot be read leaves the output undeclared: it changes no prepared image.
  void read_output() {
    for (const char* entry : postprocessing_names) {
      if (!language_.has(entry)) continue;
      try {
        for (const MonaiItem& item : language_.components(entry)) read_output_step(item);
      } catch (const Error& problem) {
        result_.output = {};
        result_.notes.push_back("post-processing is not read: " + problem.message());
      }
      return;
    }
  }

  void read_output_step(const MonaiItem& item) {
    const std::string name = without_d(class_name(item.value));
    if (name != "Activations" && name != "AsDiscrete") return;
    const Json step = language_.resolved(item.value, item.id);
    const auto says = [&](const char* key) { return step.value(key, Json()) == Json(true); };
    if (name == "AsDiscrete") {
      result_.output.argmax = says("argmax");
      if (const Json threshold = step.value("threshold", Json()); threshold.is_number())
        result_.output.threshold = threshold.get<double>();
      return;
    }
    if (says("softmax")) result_.output.activation = Activation::softmax;
    if (says("sigmoid")) result_.output.activation = Activation::sigmoid;
    if (!step.value("other", Json()).is_null())
      language_.refuse(item.id + "::other", "is a function of the bundle's own, which cannot be declared");
  }

  /// A loader of the bundle's own decides about axes and channels, and nothing in the file says how;
  /// LoadImage gives channels without EnsureChannelFirst only when it stacks several files.
  void note_loading(const std::vector<MonaiItem>& chain) {
    const auto has = [&](const std::string& name) {
      return std::ranges::any_of(chain,
                                 [&](const auto& item) { return without_d(class_name(item.value)) == name; });
    };
    const bool has_channels =
        has("EnsureChannelFirst") || std::ranges::any_of(chain, [](const MonaiItem& item) {
          return item.value.value("ensure_channel_first", Json()) == Json(true);
        });
    if (!has("LoadImage")) {
      result_.notes.push_back(
          "the chain has no LoadImage: what loads the images decides on their axes and channels; radbatch "
          "gives "
          "them as MONAI's LoadImage and EnsureChannelFirst would");
    } else if (!has_channels) {
      result_.notes.push_back(
          "the chain has no EnsureChannelFirst: it is for several files of one image, which MONAI's "
          "LoadImage makes "
          "its channels");
    }
  }

  MonaiLanguage language_;
  const Json& metadata_;
  std::string file_;
  MonaiConfig result_;
};

/// The range of values that a plan ends with, as far as its steps say it: [low, high], or that the values are
/// standardised and so have none.
struct FinalRange {
  std::optional<std::pair<double, double>> range;
  bool is_standardised = false;
};

FinalRange range_after(const PlanStep& step, const FinalRange& before) {
  if (const auto* s = std::get_if<step::ScaleIntensity>(&step))
    return s->minv && s->maxv ? FinalRange{{{*s->minv, *s->maxv}}, false} : FinalRange{};
  if (const auto* s = std::get_if<step::ScaleIntensityRange>(&step))
    return s->clip && s->b_min && s->b_max ? FinalRange{{{*s->b_min, *s->b_max}}, false} : FinalRange{};
  if (const auto* s = std::get_if<step::ScaleIntensityRangePercentiles>(&step))
    return s->clip && s->b_min && s->b_max && !s->relative ? FinalRange{{{*s->b_min, *s->b_max}}, false}
                                                           : FinalRange{};
  if (const auto* s = std::get_if<step::NormalizeIntensity>(&step))
    return {std::nullopt, s->subtrahend.empty() && s->divisor.empty()};
  return before;
}

}  // namespace

bool is_monai_config(const Json& json) {
  const MonaiLanguage language(json, "");
  return json.is_object() &&
         std::ranges::any_of(preprocessing_names, [&](const char* name) { return language.has(name); });
}

MonaiConfig read_monai_config(const Json& config, const Json& metadata, const std::string& file) {
  return ConfigReader(config, metadata, file).read();
}

std::vector<std::string> contradictions(const Plan& plan, const Json& metadata) {
  FinalRange after;
  for (const PlanStep& step : plan.steps) after = range_after(step, after);
  std::vector<std::string> found;
  const Json inputs = declared_inputs(metadata);
  for (const auto& [key, input] : inputs.items()) {
    const Json range = input.is_object() ? input.value("value_range", Json()) : Json();
    if (!range.is_array() || range.size() != 2 || !range[0].is_number() || !range[1].is_number()) continue;
    const auto low = range[0].get<double>();
    const auto high = range[1].get<double>();
    const std::string declared = fmt::format(
        "metadata.json declares values from {:g} to {:g} for the input {}", low, high, printable(key));
    if (after.is_standardised)
      found.push_back(declared +
                      ", but the chain ends with NormalizeIntensity, whose values have no such range");
    if (after.range && (after.range->first != low || after.range->second != high))
      found.push_back(fmt::format("{}, but the chain scales to {:g} to {:g}", declared, after.range->first,
                                  after.range->second));
  }
  return found;
}

}  // namespace radbatch
