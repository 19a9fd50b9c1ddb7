#include "radbatch/model/plan.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <type_traits>
#include <utility>

#include "radbatch/base/hash.hpp"
#include "radbatch/model/plan_fields.hpp"
#include "radbatch/model/plan_images.hpp"
#include "radbatch/model/plan_vocabulary.hpp"

namespace radbatch {
namespace {

using plan_fields::FieldReader;
using plan_fields::FieldWriter;
using plan_fields::refuse;
using plan_vocabulary::fields;
using plan_vocabulary::step_names;

// What a value must be beyond its type. Runs after all fields are read.

void check(const FieldReader& r, step::Orientation& s) {
  std::set<char> axes;
  for (const char code : s.axcodes) {
    const auto at = std::string_view("LRPAIS").find(code);
    if (at == std::string_view::npos) break;
    axes.insert("xyz"[at / 2]);
  }
  if (s.axcodes.size() < 2 || s.axcodes.size() > 3 || axes.size() != s.axcodes.size())
    r.wrong("axcodes",
            fmt::format("\"{}\" does not name two or three axes by one letter each of L/R, P/A, I/S",
                        printable(s.axcodes)));
}
void check(const FieldReader& r, step::Spacing& s) {
  if (s.pixdim.size() > 3) r.wrong("pixdim", "more than three values");
}
void check(const FieldReader& r, step::ScaleIntensityRangePercentiles& s) {
  if (s.lower < 0 || s.lower > 100) r.wrong("lower", "a percentile lies between 0 and 100");
  if (s.upper < 0 || s.upper > 100) r.wrong("upper", "a percentile lies between 0 and 100");
  if (s.relative && (!s.b_min || !s.b_max)) r.wrong("relative", "needs b_min and b_max");
}
void check(const FieldReader& r, step::NormalizeIntensity& s) {
  if (!s.channel_wise && s.subtrahend.size() > 1) r.wrong("subtrahend", "a list needs channel_wise: true");
  if (!s.channel_wise && s.divisor.size() > 1) r.wrong("divisor", "a list needs channel_wise: true");
}
void check_sizes(const FieldReader& r, const char* field, const step::Sizes& sizes) {
  if (sizes.size() > 3) r.wrong(field, "more than three values");
}
void check(const FieldReader& r, step::Resize& s) {
  check_sizes(r, "spatial_size", s.spatial_size);
  if (s.mode > step::ResizeMode::bicubic) s.mode = step::ResizeMode::bilinear;
  const bool longest = s.size_mode == step::SizeMode::longest;
  if (longest && (s.spatial_size.size() != 1 || s.spatial_size[0] < 1))
    r.wrong("spatial_size", "size_mode longest takes one positive number");
  if (!longest && s.spatial_size.size() == 1)
    r.wrong("spatial_size", "Resize needs one value per spatial axis (MONAI refuses a single number here)");
  if (s.align_corners && s.mode < step::ResizeMode::bilinear)
    r.wrong("align_corners", "only for bilinear, trilinear and bicubic");
}
void check(const FieldReader& r, step::CenterSpatialCrop& s) {
  check_sizes(r, "roi_size", s.roi_size);
}
template <class PadStep>
void check_pad(const FieldReader& r, PadStep& s) {
  check_sizes(r, "spatial_size", s.spatial_size);
  const int torch_word = static_cast<int>(s.mode) - 5;
  if (torch_word >= 0) s.mode = torch_word == 0 ? step::PadMode::edge : step::PadMode::wrap;
  if (s.value != 0 && s.mode != step::PadMode::constant) r.wrong("value", "only for mode constant");
}
void check(const FieldReader& r, step::SpatialPad& s) {
  check_pad(r, s);
}
void check(const FieldReader& r, step::ResizeWithPadOrCrop& s) {
  check_pad(r, s);
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
void check(const FieldReader& r, step::CropToRegion& s) {
  check_sizes(r, "spatial_size", s.spatial_size);
  if (s.size_mm.size() > 3) r.wrong("size_mm", "more than three values");
  if (s.margin_mm.size() > 3) r.wrong("margin_mm", "more than three values");
  if (std::ranges::any_of(s.spatial_size, [](auto n) { return n < 1; }))
    r.wrong("spatial_size", "must be 1 or more on every axis");
  if (std::ranges::any_of(s.size_mm, [](double mm) { return mm <= 0; }))
    r.wrong("size_mm", "must be above 0 on every axis");
  if (std::ranges::any_of(s.margin_mm, [](double mm) { return mm < 0; }))
    r.wrong("margin_mm", "must be 0 or more on every axis");
  if (!s.spatial_size.empty() + !s.size_mm.empty() + !s.margin_mm.empty() > 1)
    r.wrong("margin_mm", "give one of spatial_size, size_mm and margin_mm");
}
template <class Other>
void check(const FieldReader&, Other&) {}

/// "monai.transforms.Spacingd" or "Spacingd" -> "Spacing"; other words unchanged.
std::string step_name(const std::string& target) {
  std::string word = target.substr(target.rfind('.') + 1);
  const auto known = [&](std::string_view candidate) {
    return std::find(step_names.begin(), step_names.end(), candidate) != step_names.end();
  };
  if (!known(word) && !word.empty() && word.back() == 'd' && known(word.substr(0, word.size() - 1)))
    word.pop_back();
  return word;
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
  if (at == step_names.end()) {
    const std::vector<std::string> known(step_names.begin(), step_names.end());
    refuse(path, fmt::format("unknown step {}{}", printable(word), plan_fields::suggestion(word, known)));
  }
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
        return std::is_same_v<Step, step::Orientation> || std::is_same_v<Step, step::Spacing> ||
               std::is_same_v<Step, step::Resize> || std::is_same_v<Step, step::CenterSpatialCrop> ||
               std::is_same_v<Step, step::SpatialPad> || std::is_same_v<Step, step::ResizeWithPadOrCrop> ||
               std::is_same_v<Step, step::SqueezeDim> || std::is_same_v<Step, step::Transpose> ||
               std::is_same_v<Step, step::ExtractSlices> || std::is_same_v<Step, step::UltrasoundRegion> ||
               std::is_same_v<Step, step::CropToRegion> || std::is_same_v<Step, step::ResampleToMatch>;
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

std::string plan_sha256(const Plan& plan) {
  return sha256_hex(canonical(to_json(plan)));
}

}  // namespace radbatch
