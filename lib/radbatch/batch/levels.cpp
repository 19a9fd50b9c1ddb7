#include "radbatch/batch/levels.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/batch/infer_work.hpp"
#include "radbatch/model/activation.hpp"
#include "radbatch/model/head_maps.hpp"

namespace radbatch {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view starts_name = "windows.start";

/// The outputs that scores are made of.
std::set<std::string> scored_outputs(const Bundle& bundle) {
  std::set<std::string> names;
  for (const Head& head : bundle.heads) names.insert(scored_output(head));
  for (const auto& [level, rule] : bundle.pooling) {
    if (rule.kind == Pooling::attention) names.insert(rule.weights);
  }
  return names;
}

/// HDF5 keeps "/" for itself.
std::string link_name(std::string name) {
  for (std::size_t at = 0; (at = name.find('/', at)) != std::string::npos;) name.replace(at, 1, "∕");
  return name;
}

CaseArray array_of(std::string name, const HeadOutput& output, Json attributes) {
  CaseArray array;
  array.info.input = link_name(std::move(name));
  array.info.shape = {output.items, output.classes};
  array.info.axes = "item,class";
  array.info.attributes = std::move(attributes);
  array.values.assign(output.values.begin(), output.values.end());
  return array;
}

/// The raw outputs of all members and passes.
std::vector<CaseArray> raw_arrays(const Bundle& bundle, std::span<const ClassifyMember> members,
                                  Level level) {
  const std::set<std::string> wanted = scored_outputs(bundle);
  std::vector<CaseArray> arrays;
  bool is_first = true;
  for (const ClassifyMember& member : members) {
    for (const ClassifyPass& pass : member.passes) {
      const std::string tail = is_first ? "" : "." + member.name + "." + pass.name;
      is_first = false;
      for (const HeadOutput& output : head_outputs(pass)) {
        if (!wanted.contains(output.output)) continue;
        arrays.push_back(array_of(std::string(name(level)) + "." + output.output + tail, output,
                                  {{"level", name(level)},
                                   {"output", output.output},
                                   {"member", member.name},
                                   {"pass", pass.name},
                                   {"order", arrays.size()}}));
      }
    }
  }
  return arrays;
}

CaseArray starts_array(const Windows& windows, std::span<const std::int64_t> tensor) {
  const WindowGrid grid = window_grid(windows, tensor.subspan(2));
  CaseArray array;
  array.info.input = starts_name;
  array.info.shape = {static_cast<std::int64_t>(grid.starts.size()),
                      static_cast<std::int64_t>(grid.image.size())};
  array.info.axes = "item,axis";
  array.info.attributes = {{"level", "windows"}};
  for (const auto& start : grid.starts) {
    for (std::size_t axis = 0; axis < start.size(); ++axis)
      array.values.push_back(static_cast<float>(start[axis] - grid.before[axis]));
  }
  return array;
}

/// Mean over the items, in double.
std::vector<float> mean_over_items(const HeadOutput& output) {
  const auto width = static_cast<std::size_t>(output.classes);
  std::vector<double> sums(width, 0.0);
  for (std::size_t at = 0; at < output.values.size(); ++at) sums[at % width] += output.values[at];
  std::vector<float> means;
  for (const double sum : sums) means.push_back(static_cast<float>(sum / static_cast<double>(output.items)));
  return means;
}

CaseArray case_array(const std::string& what, std::vector<float> values) {
  CaseArray array;
  array.info.input = "case." + what;
  array.info.shape = {1, static_cast<std::int64_t>(values.size())};
  array.info.axes = "case," + what;
  array.info.attributes = {{"level", "case"}};
  array.values = std::move(values);
  return array;
}

const HeadOutput& find(std::span<const HeadOutput> outputs, const std::string& name, const char* what) {
  const auto found = std::ranges::find(outputs, name, &HeadOutput::output);
  if (found != outputs.end()) return *found;
  throw Error(Reason::model_output,
              "the network gave no output '" + name + "', which the model declares as " + what);
}

/// What --logits and --features ask for, of the first member's first pass.
std::vector<CaseArray> asked_arrays(const Bundle& bundle, std::span<const HeadOutput> outputs,
                                    const LevelOptions& options) {
  std::vector<CaseArray> arrays;
  if (options.logits) {
    std::vector<float> logits;
    for (const Head& head : bundle.heads)
      std::ranges::copy(mean_over_items(find(outputs, head.output, "a head")), std::back_inserter(logits));
    arrays.push_back(case_array("logits", std::move(logits)));
  }
  if (options.features)
    arrays.push_back(case_array("features", mean_over_items(find(outputs, bundle.features, "features"))));
  return arrays;
}

Json to_json(const CaseArray& array) {
  const auto* bytes = reinterpret_cast<const char*>(array.values.data());
  return {{"name", array.info.input},
          {"shape", array.info.shape},
          {"attributes", array.info.attributes},
          {"float32", to_base64({bytes, array.values.size() * sizeof(float)})}};
}

CaseArray array_from_json(const Json& json) {
  CaseArray array;
  array.info.input = json.at("name").get<std::string>();
  array.info.shape = json.at("shape").get<std::vector<std::int64_t>>();
  array.info.attributes = json.at("attributes");
  const std::string bytes = from_base64(json.at("float32").get_ref<const std::string&>());
  array.values.resize(bytes.size() / sizeof(float));
  std::memcpy(array.values.data(), bytes.data(), array.values.size() * sizeof(float));
  return array;
}

/// Appends a raw output to its member and pass, in the order in which they were kept.
void add_output(std::vector<ClassifyMember>& members, CaseArray&& array) {
  const Json& about = array.info.attributes;
  const std::string member = about.at("member").get<std::string>();
  const std::string pass = about.at("pass").get<std::string>();
  auto own = std::ranges::find(members, member, &ClassifyMember::name);
  if (own == members.end()) own = members.insert(members.end(), ClassifyMember{member, {}});
  auto sight = std::ranges::find(own->passes, pass, &ClassifyPass::name);
  if (sight == own->passes.end()) sight = own->passes.insert(sight, ClassifyPass{pass, {}});
  sight->outputs.push_back(
      {about.at("output").get<std::string>(), std::move(array.info.shape), std::move(array.values)});
}

}  // namespace

void check_level_options(const LevelOptions& options, const Bundle& bundle) {
  if (options.features && bundle.features.empty()) {
    throw Error(ExitCode::usage, "--features: model '" + bundle.name + "' names no output with features",
                "add \"features\": {\"output\": NAME} to its radbatch.json, or leave the option out");
  }
  for (const Head& head : bundle.heads) {
    if (!options.logits || !head.map) continue;
    throw Error(ExitCode::usage, "--logits: head '" + head.name + "' of model '" + bundle.name +
                                     "' reads a map, whose raw numbers are not kept");
  }
}

std::vector<CaseArray> keep_levels(Json& result, const Bundle& bundle,
                                   std::span<const ClassifyMember> members, Level level,
                                   std::span<const std::int64_t> tensor, const LevelOptions& options,
                                   LevelPlace place) {
  std::vector<CaseArray> arrays = raw_arrays(bundle, members, level);
  std::int64_t items = 1;
  for (const CaseArray& array : arrays) items = std::max(items, array.info.shape[0]);
  const bool in_file = place == LevelPlace::file;
  if (items == 1 && !in_file) arrays.clear();
  if (items > 1 && bundle.windows) arrays.push_back(starts_array(*bundle.windows, tensor));
  std::ranges::move(asked_arrays(bundle, head_outputs(members.front().passes.front()), options),
                    std::back_inserter(arrays));
  if (arrays.empty()) return {};
  Json& levels = result["levels"] = {{"level", name(level)}, {"items", items}};
  std::size_t bytes = 0;
  for (const CaseArray& array : arrays) {
    bytes += array.values.size() * sizeof(float) * 4 / 3;
    if (array.info.input.starts_with("case.")) levels[array.info.input.substr(5)] = array.values.size();
  }
  const bool is_large = in_file || bytes > MAX_INLINE_LEVELS;
  levels["in"] = is_large ? "file" : "record";
  if (is_large) return arrays;
  for (const CaseArray& array : arrays) levels["arrays"].push_back(to_json(array));
  return {};
}

std::optional<KeptLevels> kept_levels(const Json& result, const fs::path& run_folder) {
  const auto levels = result.find("levels");
  if (levels == result.end()) return std::nullopt;
  KeptLevels kept;
  kept.items = levels->at("items").get<std::int64_t>();
  const std::string level = levels->at("level").get<std::string>();
  for (const Level known : {Level::slices, Level::frames, Level::windows}) {
    if (level == name(known)) kept.level = known;
  }
  std::vector<CaseArray> arrays;
  if (levels->at("in") == "record") {
    for (const Json& array : levels->at("arrays")) arrays.push_back(array_from_json(array));
  } else {
    arrays = load_arrays(result, run_folder);
    // The file may hold other arrays of the case, and has them in the order of their names.
    std::erase_if(arrays, [](const CaseArray& array) { return !array.info.attributes.contains("level"); });
    std::ranges::stable_sort(arrays, {}, [](const CaseArray& array) {
      return array.info.attributes.value("order", std::size_t{0});
    });
  }
  for (CaseArray& array : arrays) {
    if (array.info.attributes.contains("output")) {
      add_output(kept.members, std::move(array));
    } else if (array.info.input == starts_name) {
      kept.starts = std::move(array);
    } else if (array.info.input == "case.logits") {
      kept.logits = std::move(array.values);
    } else if (array.info.input == "case.features") {
      kept.features = std::move(array.values);
    }
  }
  return kept;
}

std::vector<float> level_scores(const Bundle& bundle, const KeptLevels& kept) {
  std::vector<double> sums;
  std::size_t n = 0;
  for (const ClassifyMember& member : kept.members) {
    for (const ClassifyPass& pass : member.passes) {
      const std::vector<float> scores = item_scores(bundle, head_outputs(pass), kept.items);
      sums.resize(scores.size(), 0.0);
      for (std::size_t at = 0; at < scores.size(); ++at) sums[at] += scores[at];
      ++n;
    }
  }
  std::vector<float> means;
  for (const double sum : sums) means.push_back(static_cast<float>(sum / static_cast<double>(n)));
  return means;
}

}  // namespace radbatch
