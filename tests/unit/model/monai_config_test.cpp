// The configurations in tests/data/monai_configs, and what each says of its plan and its output.
#include "radbatch/model/monai_config.hpp"

#include <doctest/doctest.h>

#include <set>

#include <filesystem>

#include "error_text.hpp"
#include "radbatch/base/atomic_file.hpp"
#include "radbatch/model/monai_language.hpp"

using namespace radbatch;

namespace {

const std::filesystem::path configs =
    std::filesystem::path(__FILE__).parent_path() / "../../data/monai_configs";

MonaiConfig read(const std::string& file, const Json& metadata = nullptr) {
  return read_monai_config(parse_python_json(read_file(configs / file), file), metadata, file);
}

/// The steps after reading that do something, as parse_plan would read them.
Json plan_of(const std::string& file) {
  static const std::set<std::string> reading{"LoadImage", "EnsureChannelFirst", "EnsureType", "CastToType",
                                             "ToTensor"};
  Json steps = Json::array();
  for (const Json& step : to_json(read(file).plan)) {
    if (!reading.contains(step.at("name"))) steps.push_back(step);
  }
  return steps;
}

/// The canonical form of steps that are written with their telling parameters only.
Json canonical_plan(const std::string& steps) {
  return to_json(parse_plan(Json::parse(steps)));
}

Json metadata(const Json& inputs) {
  return {{"network_data_format", {{"inputs", inputs}, {"outputs", Json::object()}}}};
}

}  // namespace

TEST_CASE("a CT chain becomes its plan, and softmax the activation") {
  CHECK(plan_of("ct_organ.json") == canonical_plan(R"([
    {"name": "Orientation", "axcodes": "RAS"}, {"name": "Spacing", "pixdim": [1.5, 1.5, 2.0]},
    {"name": "ScaleIntensityRange", "a_min": -57, "a_max": 164, "b_min": 0, "b_max": 1, "clip": true}])"));
  const MonaiConfig config = read("ct_organ.json");
  CHECK(config.image_keys == std::vector<std::string>{"image"});
  CHECK(config.output.activation == Activation::softmax);
  CHECK(config.output.argmax);
  CHECK(config.notes.empty());
}

TEST_CASE("MR with channels of their own statistics, sigmoid and a threshold") {
  CHECK(plan_of("mr_modalities.json") ==
        canonical_plan(R"([{"name": "NormalizeIntensity", "nonzero": true, "channel_wise": true}])"));
  const MonaiConfig config = read("mr_modalities.json");
  CHECK(config.notes ==
        std::vector<std::string>{"the chain has no EnsureChannelFirst: it is for several files of one "
                                 "image, which MONAI's LoadImage makes its channels"});
  const MonaiOutput output = config.output;
  CHECK(output.activation == Activation::sigmoid);
  CHECK(output.threshold == 0.5);
  CHECK_FALSE(output.argmax);
}

TEST_CASE("without Activations the output is undeclared, whatever comes after") {
  CHECK(plan_of("endoscopy_frames.json") == canonical_plan(R"([
    {"name": "Resize", "spatial_size": [256, 256], "mode": "bilinear"},
    {"name": "NormalizeIntensity", "nonzero": true, "channel_wise": true}])"));
  const MonaiOutput output = read("endoscopy_frames.json").output;
  CHECK_FALSE(output.activation);
  CHECK(output.argmax);
}

TEST_CASE("a size by reference, and MONAI's default of Resize, which is area") {
  CHECK(plan_of("mammogram_density.json") == canonical_plan(R"([
    {"name": "ScaleIntensity", "minv": 0, "maxv": 1}, {"name": "Resize", "spatial_size": [299, 299], "mode": "area"}])"));
}

TEST_CASE("disabled transforms are left out; references, macros and relative ids are followed") {
  CHECK(plan_of("nodule_detection.json") == canonical_plan(R"([
    {"name": "Orientation", "axcodes": "RAS"},
    {"name": "ScaleIntensityRange", "a_min": -1024, "a_max": 300, "b_min": 0, "b_max": 1, "clip": true}])"));
  const MonaiConfig config = read("nodule_detection.json");
  CHECK(config.plan.steps.size() == 5);
  CHECK(config.notes == std::vector<std::string>{"preprocessing::transforms::6::_requires_ is not run"});
}

TEST_CASE("a loader of the bundle's own is noted, a function as activation leaves the output undeclared") {
  CHECK(plan_of("pathology_patches.json") ==
        canonical_plan(
            R"([{"name": "ScaleIntensityRange", "a_min": 0, "a_max": 255, "b_min": -1, "b_max": 1}])"));
  const MonaiConfig config = read("pathology_patches.json");
  CHECK_FALSE(config.output.activation);
  REQUIRE(config.notes.size() == 2);
  CHECK(config.notes[0].find("no LoadImage") != std::string::npos);
  CHECK(config.notes[1].find("postprocessing::transforms::0::other") != std::string::npos);
}

TEST_CASE(
    "lists are joined, a Compose inside is taken apart, labels beside the image are dropped with a note") {
  CHECK(plan_of("joined_lists.json") == canonical_plan(R"([
    {"name": "Spacing", "pixdim": [1, 1, 1], "mode": "bilinear"},
    {"name": "ScaleIntensityRange", "a_min": -175, "a_max": 250, "b_min": 0, "b_max": 1, "clip": true},
    {"name": "Resize", "spatial_size": [128, 128, 128], "mode": "area"}])"));
  const MonaiConfig config = read("joined_lists.json");
  CHECK(config.plan.steps.size() == 5);  // EnsureTyped of the label alone is gone
  CHECK(config.notes ==
        std::vector<std::string>{"the key label is left out: it does not lead to the network"});
}

TEST_CASE("a Python expression is refused by the key where it is written, and by the one that needs it") {
  CHECK(test::error_of([] { read("computed_spacing.json"); }) ==
        "2: computed_spacing.json: pixdim (used by preprocessing::transforms::1::pixdim): \"$[1.5, 1.5, 1.5] "
        "if "
        "@is_fine else [3.0, 3.0, 3.0]\" is Python, and a plan is never evaluated as code [write the value "
        "itself "
        "in a copy of the file, or the whole plan into radbatch.json]");
}

TEST_CASE("a transform or parameter that is not known is refused by its place in the file") {
  CHECK(test::error_of([] { read("own_transform.json"); }) ==
        "2: own_transform.json: preprocessing::transforms::1: unknown step scripts.transforms.RemoveTabled");
  Json config = parse_python_json(read_file(configs / "ct_organ.json"), "ct_organ.json");
  config["preprocessing"]["transforms"][3]["pixdimm"] = 1;
  CHECK(
      test::error_of([&] { read_monai_config(config, nullptr, "x.json"); }) ==
      "2: x.json: preprocessing::transforms::3::pixdimm: unknown parameter of Spacing; did you mean pixdim?");
}

TEST_CASE("the metadata says which keys enter the network; what feeds those stays") {
  const Json config = Json::parse(R"({"preprocessing": [
    {"_target_": "LoadImaged", "keys": ["mr", "image"]}, {"_target_": "Orientationd", "keys": ["mr", "image"],
     "axcodes": "RAS"}, {"_target_": "ScaleIntensityd", "keys": "image"}]})");
  const MonaiConfig named = read_monai_config(config, metadata({{"mr", Json::object()}}), "x.json");
  CHECK(named.image_keys == std::vector<std::string>{"mr"});
  CHECK(named.plan.steps.size() == 2);
  CHECK(read_monai_config(config, nullptr, "x.json").image_keys == std::vector<std::string>{"image"});
}

TEST_CASE("an entry of preparation is looked for under its usual names") {
  const Json steps = Json::parse(R"([{"_target_": "LoadImaged", "keys": "image"}])");
  CHECK(read_monai_config({{"validate", {{"preprocessing", steps}}}}, nullptr, "x").plan.steps.size() == 1);
  CHECK(is_monai_config({{"transform", steps}}));
  CHECK_FALSE(is_monai_config({{"train", steps}}));
  CHECK(test::error_of([] {
          read_monai_config({{"train", 1}}, nullptr, "x.json");
        }) ==
        "2: x.json has no chain of preparation [looked for preprocessing, deterministic_transforms, "
        "validate::preprocessing, transform]");
}

TEST_CASE("metadata that declares another range than the chain gives is a contradiction") {
  const Json unit = metadata({{"image", {{"value_range", {0, 1}}}}});
  CHECK(contradictions(read("mammogram_density.json").plan, unit).empty());
  CHECK(contradictions(read("ct_organ.json").plan, unit).empty());
  CHECK(contradictions(read("endoscopy_frames.json").plan, unit) ==
        std::vector<std::string>{
            "metadata.json declares values from 0 to 1 for the input image, but the chain ends "
            "with NormalizeIntensity, whose values have no such range"});
  CHECK(contradictions(read("mammogram_density.json").plan,
                       metadata({{"image", {{"value_range", {0, 255}}}}})) ==
        std::vector<std::string>{
            "metadata.json declares values from 0 to 255 for the input image, but the chain "
            "scales to 0 to 1"});
  CHECK(contradictions(read("pathology_patches.json").plan, unit).empty());  // no clip: nothing is certain
}
