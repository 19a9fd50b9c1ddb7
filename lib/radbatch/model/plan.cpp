#include "radbatch/model/plan.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <type_traits>
#include <utility>

#include "radbatch/base/hash.hpp"
#include "radbatch/base/one_of.hpp"
#include "radbatch/model/plan_checks_spatial.hpp"
#include "radbatch/model/plan_checks_values.hpp"
#include "radbatch/model/plan_field_writer.hpp"
#include "radbatch/model/plan_fields.hpp"
#include "radbatch/model/plan_images.hpp"
#include "radbatch/model/plan_order_values.hpp"
#include "radbatch/model/plan_vocabulary.hpp"
#include "radbatch/model/plan_vocabulary_values.hpp"

namespace radbatch {
namespace {

using plan_checks::check;
using plan_fields::FieldReader;
using plan_fields::FieldWriter;
using plan_fields::refuse;
using plan_vocabulary::fields;
using plan_vocabulary::step_names;

// What a value must be beyond its type. Runs after all fields are read.

void check(const FieldReader& r, step::ScaleIntensityRangePercentiles& s) {
  if (s.lower < 0 || s.lower > 100) r.wrong("lower", "a percentile lies between 0 and 100");
  if (s.upper < 0 || s.upper > 100) r.wrong("upper", "a percentile lies between 0 and 100");
  if (s.relative && (!s.b_min || !s.b_max)) r.wrong("relative", "needs b_min and b_max");
}
void check(const FieldReader& r, step::NormalizeIntensity& s) {
  if (!s.channel_wise && s.subtrahend.size() > 1) r.wrong("subtrahend", "a list needs channel_wise: true");
  if (!s.channel_wise && s.divisor.size() > 1) r.wrong("divisor", "a list needs channel_wise: true");
}
void check(const FieldReader& r, step::RepeatChannel& s) {
  if (s.repeats < 1) r.wrong("repeats", "must be 1 or more");
}
void check(const FieldReader& r, step::SqueezeDim& s) {
  if (s.dim == 0) r.wrong("dim", "0 is the channel axis, which networks need; name a spatial axis");
  if (s.dim < -3 || s.dim > 3) r.wrong("dim", "must name one of the axes (channel, i, j, k)");
}
void check(const FieldReader& r, step::Transpose& s) {
  const std::set<std::int64_t> all(s.indices.begin(), s.indices.end());
  const auto n = s.indices.size();
  if (n < 3 || n > 4 || all.size() != n || s.indices[0] != 0 ||
      *all.rbegin() != static_cast<std::int64_t>(n) - 1)
    r.wrong("indices", "must be a permutation of 0..2 or 0..3 that begins with 0: the channel stays first");
}
void check(const FieldReader& r, step::ExtractSlices& s) {
  if (s.axis < 0 || s.axis > 2) r.wrong("axis", "must be 0, 1 or 2");
  if (s.from < 0) r.wrong("from", "must be 0 or more");
  if (s.to && *s.to <= s.from) r.wrong("to", "must be greater than from");
}
template <class Other>
void check(const FieldReader&, Other&) {}

bool is_step(std::string_view word) {
  return std::find(step_names.begin(), step_names.end(), word) != step_names.end();
}

/// How a class of other libraries is called in a plan.
struct Library {
  std::string_view modules, prefix;
};
constexpr std::array<Library, 7> libraries{{{"monai.transforms.", ""},
                                            {"torchvision.transforms.v2.", "torchvision."},
                                            {"torchvision.transforms.", "torchvision."},
                                            {"torchvision.", "torchvision."},
                                            {"torchxrayvision.datasets.", "torchxrayvision."},
                                            {"torchxrayvision.utils.", "torchxrayvision."},
                                            {"torchxrayvision.", "torchxrayvision."}}};

/// "torchvision.transforms.v2.Normalize" -> "torchvision.Normalize"; "monai.transforms.Spacingd", "Spacingd"
/// -> "Spacing"; a class of any other module stays as it is: that is somebody's own code.
std::string step_name(const std::string& target) {
  std::string word = target;
  const auto library = std::find_if(libraries.begin(), libraries.end(),
                                    [&](const Library& one) { return target.starts_with(one.modules); });
  if (library != libraries.end()) word = std::string(library->prefix) + target.substr(target.rfind('.') + 1);
  for (const std::string_view ending : {"d", "D", "Dict"}) {
    const std::string shorter = word.substr(0, word.size() - std::min(ending.size(), word.size()));
    if (!is_step(word) && word.ends_with(ending) && is_step(shorter)) return shorter;
  }
  return word;
}

/// Steps that training code has and inference cannot, with what to do.
std::string why_unknown(const std::string& word) {
  const std::string last = word.substr(word.rfind('.') + 1);
  if (last.starts_with("Rand"))
    return printable(word) +
           " is random augmentation, which is for training: leave it out, inference prepares an image one "
           "way";
  if (last == "Lambda" || last == "Lambdad")
    return printable(word) +
           " holds code, and a plan is never evaluated as code: write what it does as steps by name "
           "(docs/plan.md), or put it into the exported network";
  if (last == "MaskIntensity" || last == "MaskIntensityd")
    return printable(word) + " takes its mask from a second image, which no step of a plan has";
  const std::vector<std::string> known(step_names.begin(), step_names.end());
  return fmt::format("unknown step {}{}", printable(word), plan_fields::suggestion(word, known));
}

/// A step with its defaults, by index into the variant.
template <std::size_t... I>
PlanStep default_step(std::size_t index, std::index_sequence<I...>) {
  static constexpr std::array<PlanStep (*)(), sizeof...(I)> make{
      [] { return PlanStep(std::in_place_index<I>); }...};
  return make.at(index)();
}

std::string read_name(const Json& json, const std::string& path) {
  if (!json.is_object()) refuse(path, "a step is an object with a \"name\"");
  // MONAI's ConcatItemsd has a parameter of that name.
  const auto at = json.contains("_target_") ? json.find("_target_") : json.find("name");
  if (at == json.end() || !at->is_string()) refuse(path, "a step needs a \"name\"");
  return step_name(at->get<std::string>());
}

void parse_step(const Json& json, const std::string& path, Plan& plan) {
  const std::string word = read_name(json, path);
  const auto at = std::find(step_names.begin(), step_names.end(), word);
  if (at == step_names.end()) refuse(path, why_unknown(word));
  PlanStep result = default_step(static_cast<std::size_t>(at - step_names.begin()),
                                 std::make_index_sequence<std::variant_size_v<PlanStep>>());
  FieldReader reader(json, path, word);
  std::vector<std::string> keys = reader.keys();
  reader.accepts("lazy", {false});
  reader.accepts("allow_missing_keys", {true, false});
  std::visit([&](auto& s) { fields(reader, s); }, result);
  reader.finish();
  std::visit([&](auto& s) { check(reader, s); }, result);
  plan.steps.push_back(std::move(result));
  plan.keys.push_back(std::move(keys));
}

/// MONAI's dictionary transforms take a list with one entry per key for some parameters: a step for each key.
std::vector<Json> one_step_per_key(const Json& json) {
  const Json keys = json.is_object() ? json.value("keys", Json()) : Json();
  std::vector<std::string> lists;
  for (const char* field : {"mode", "padding_mode", "align_corners", "dtype"}) {
    if (!keys.is_array() || keys.size() < 2 || !json.contains(field)) continue;
    const Json& value = json[field];
    const auto is_one = [](const Json& entry) { return entry.is_primitive(); };
    if (value.is_array() && value.size() == keys.size() && std::ranges::all_of(value, is_one))
      lists.emplace_back(field);
  }
  if (lists.empty()) return {json};
  std::vector<Json> steps(keys.size(), json);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    steps[i]["keys"] = keys[i];
    for (const std::string& field : lists) steps[i][field] = json[field][i];
  }
  return steps;
}

/// Keys that can only mean the one image there is are no part of the plan.
void drop_idle_keys(Plan& plan) {
  std::set<std::string> names;
  for (const std::vector<std::string>& keys : plan.keys) names.insert(keys.begin(), keys.end());
  if (names.size() <= 1 && !names_images(plan)) plan.keys.clear();
}

/// Steps after which a place in the picture is somewhere else.
bool moves_pixels(const PlanStep& s) {
  return std::visit(
      []<class Step>(const Step&) {
        return is_one_of<Step, step::Orientation, step::Spacing, step::Resize, step::CenterSpatialCrop,
                         step::SpatialPad, step::ResizeWithPadOrCrop, step::SqueezeDim, step::Transpose,
                         step::Zoom, step::BorderPad, step::DivisiblePad, step::CenterScaleCrop,
                         step::SpatialCrop, step::CropForeground, step::Flip, step::Rotate90,
                         step::TorchvisionResize, step::TorchvisionCenterCrop, step::XRayCenterCrop,
                         step::XRayResizer, step::MaximumProjection, step::ExtractSlices,
                         step::UltrasoundRegion, step::CropToRegion, step::ResampleToMatch>;
      },
      s);
}

/// Orders that MONAI would carry out with a wrong affine, or that have no meaning.
void check_order(const Plan& plan, const std::string& where) {
  bool sliced = false;
  bool transposed = false;
  bool moved = false;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const PlanStep& s = plan.steps[i];
    const bool needs_affine = std::holds_alternative<step::Orientation>(s) ||
                              std::holds_alternative<step::Spacing>(s) ||
                              std::holds_alternative<step::ResampleToMatch>(s);
    const std::string path = fmt::format("{}[{}]", where, i);
    if (std::holds_alternative<step::UltrasoundRegion>(s) && moved)
      refuse(
          path,
          "UltrasoundRegion after a step that moves pixels: the header counts those of the picture as it is");
    moved = moved || moves_pixels(s);
    if (needs_affine && transposed)
      refuse(path,
             fmt::format("{} after Transpose: MONAI leaves the affine untransposed, so the result would be "
                         "wrong; put Transpose last",
                         name(s)));
    if (std::holds_alternative<step::CropToRegion>(s) && sliced)
      refuse(path, "CropToRegion after ExtractSlices: a region is a part of the volume; put it before");
    if (std::holds_alternative<step::ExtractSlices>(s) && std::exchange(sliced, true))
      refuse(path, "a plan extracts slices once");
    transposed = transposed || std::holds_alternative<step::Transpose>(s);
  }
}

}  // namespace

std::string_view name(const PlanStep& step) {
  return step_names.at(step.index());
}

const std::vector<std::string>& keys_of(const Plan& plan, std::size_t i) {
  static const std::vector<std::string> all;
  return i < plan.keys.size() ? plan.keys[i] : all;
}

Plan parse_plan(const Json& json, const std::string& where) {
  if (!json.is_array()) refuse(where, "a plan is a list of steps");
  Plan plan;
  for (std::size_t i = 0; i < json.size(); ++i) {
    for (const Json& step : one_step_per_key(json[i]))
      parse_step(step, fmt::format("{}[{}]", where, i), plan);
  }
  drop_idle_keys(plan);
  check_order(plan, where);
  plan_checks::check_value_order(plan, where);
  return plan;
}

Json to_json(const Plan& plan) {
  Json list = Json::array();
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    PlanStep step = plan.steps[i];
    Json entry{{"name", std::string(name(step))}};
    if (!keys_of(plan, i).empty()) entry["keys"] = keys_of(plan, i);
    FieldWriter writer(entry);
    std::visit([&](auto& s) { fields(writer, s); }, step);
    list.push_back(std::move(entry));
  }
  return list;
}

std::string frames_of(const Plan& plan) {
  for (const PlanStep& step : plan.steps) {
    if (const auto* sample = std::get_if<step::SampleFrames>(&step)) return sample->frames;
  }
  return "default";
}

bool frames_are_channels(const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [](const PlanStep& step) {
    const auto* first = std::get_if<step::EnsureChannelFirst>(&step);
    return first != nullptr && first->channel_dim.has_value();
  });
}

std::string plan_sha256(const Plan& plan) {
  return sha256_hex(canonical(to_json(plan)));
}

}  // namespace radbatch
