#include "radbatch/model/plan_source.hpp"

#include <doctest/doctest.h>

#include "example_bundle.hpp"
#include "stored_zip.hpp"

using namespace radbatch;
using radbatch::testing::BundleFolder;
using radbatch::testing::example_sidecar;
using radbatch::testing::message_of;

namespace {

const std::string chain = R"({"preprocessing": [{"_target_": "LoadImaged", "keys": "image"},
  {"_target_": "EnsureChannelFirstd", "keys": "image"}, {"_target_": "ScaleIntensityd", "keys": "image"}],
  "postprocessing": [{"_target_": "Activationsd", "keys": "pred", "softmax": true}]})";

Json without(Json json, const char* key) {
  json.erase(key);
  return json;
}

std::string steps(const Plan& plan) {
  std::string names;
  for (const PlanStep& step : plan.steps) names += std::string(name(step)) + " ";
  return names;
}

}  // namespace

TEST_CASE("a plan is read from a list, a sidecar, a MONAI configuration, a folder and a TorchScript file") {
  const BundleFolder folder(without(example_sidecar(), "plan"));
  folder.write("steps.json", R"([{"name": "Grayscale"}])");
  folder.write("sidecar.json", R"({"plan": [{"name": "Grayscale"}]})");
  folder.write("configs/inference.json", chain);
  folder.write("net.ts",
               test::stored_zip(
                   {{"net/code/x.py", ""}, {"net/constants.pkl", ""}, {"net/extra/inference.json", chain}}));
  CHECK(steps(load_plan(folder.path / "steps.json").plan) == "Grayscale ");
  CHECK(steps(load_plan(folder.path / "sidecar.json").plan) == "Grayscale ");
  CHECK(steps(load_plan(folder.path / "configs/inference.json").plan) ==
        "LoadImage EnsureChannelFirst ScaleIntensity ");
  CHECK(steps(load_plan(folder.path).plan) == "LoadImage EnsureChannelFirst ScaleIntensity ");
  const PlanSource embedded = load_plan(folder.path / "net.ts");
  CHECK(steps(embedded.plan) == "LoadImage EnsureChannelFirst ScaleIntensity ");
  CHECK(embedded.output->activation == Activation::softmax);
  CHECK(embedded.from.ends_with("net.ts: extra/inference.json (MONAI)"));
}

TEST_CASE("what holds no plan is refused with what would") {
  const BundleFolder folder(without(example_sidecar(), "plan"));
  folder.write("odd.json", R"({"a": 1})");
  folder.write("net.ts", test::stored_zip({{"net/code/x.py", ""}, {"net/constants.pkl", ""}}));
  folder.write("configs/inference.yaml", "preprocessing: []\n");
  const auto refusal = [&](const char* file) {
    return message_of([&] { load_plan(folder.path / file); }).substr(folder.path.string().size());
  };
  CHECK(refusal("odd.json").starts_with("/odd.json holds no plan | a plan is a JSON list of steps"));
  CHECK(refusal("net.ts").starts_with(
      "/net.ts is a TorchScript file that carries no plan | MONAI's ckpt_export"));
  CHECK(refusal("configs/inference.yaml") ==
        "/configs/inference.yaml is YAML, which radbatch does not read | make JSON of it: python3 -c 'import "
        "json, "
        "sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout, indent=2)' inference.yaml > "
        "inference.json");
  CHECK(refusal("").find("is YAML") != std::string::npos);
  CHECK(refusal("none.json") == "/none.json: there is no such plan");
}

TEST_CASE("a record that is packed or cut off is refused, not misread") {
  const BundleFolder folder;
  std::string packed = test::stored_zip({{"net/extra/inference.json", chain}});
  packed[packed.find("PK\x01\x02") + 10] = 8;
  folder.write("packed.ts", packed);
  CHECK(message_of([&] { load_plan(folder.path / "packed.ts"); }).find("extra/inference.json is packed") !=
        std::string::npos);
}

TEST_CASE("a bundle without a plan takes MONAI's, and an activation that no head declares") {
  Json sidecar = without(example_sidecar(), "plan");
  sidecar["heads"][0].erase("activation");
  const BundleFolder folder(sidecar);
  CHECK(message_of([&] { load_bundle(folder.path); }) ==
        "radbatch.json: key 'plan' is missing, and there is no configs/inference.json | write the steps that "
        "prepare an image: docs/plan.md");
  folder.write("configs/inference.json", chain);
  const Bundle bundle = load_bundle(folder.path);
  CHECK(steps(bundle.plan) == "LoadImage EnsureChannelFirst ScaleIntensity ");
  CHECK(bundle.heads[0].activation == Activation::softmax);
  CHECK(bundle.sidecar["plan"] == bundle.plan_json);  // so that a run folder needs no other file
  CHECK(bundle.notes.size() == 2);
  CHECK(bundle.warnings.empty());
}

TEST_CASE("an activation that nobody declares is not guessed") {
  Json sidecar = example_sidecar();
  sidecar["heads"][0].erase("activation");
  const BundleFolder folder(sidecar);
  folder.write("configs/inference.json",
               R"({"preprocessing": [{"_target_": "ToTensord", "keys": "image"}]})");
  CHECK(message_of([&] {
          load_bundle(folder.path);
        }).find(" (MONAI) has no Activations: undeclared | say softmax") != std::string::npos);
}

TEST_CASE("radbatch.json's word holds against MONAI's files, and the difference is told") {
  Json sidecar = example_sidecar();
  sidecar["heads"][0]["activation"] = "inside";
  const BundleFolder folder(sidecar);
  folder.write("configs/inference.json", chain);
  folder.write("configs/metadata.json",
               R"({"network_data_format": {"inputs": {"image": {"value_range": [0, 1]}}}})");
  const Bundle bundle = load_bundle(folder.path);
  CHECK(steps(bundle.plan) == "ExtractSlices ");
  REQUIRE(bundle.warnings.size() == 2);
  CHECK(bundle.warnings[0].find("is not the chain of") != std::string::npos);
  CHECK(bundle.warnings[1].find("activation \"inside\" in radbatch.json, softmax in") != std::string::npos);
  CHECK(message_of([&] { require_agreement(bundle); }).find("run without --strict") != std::string::npos);
}

TEST_CASE("MONAI's file that a bundle does not need may be one that cannot be read") {
  const BundleFolder folder;
  folder.write("configs/inference.json", "{\"preprocessing\": \"$make()\"}");
  const Bundle bundle = load_bundle(folder.path);
  CHECK(bundle.warnings.empty());
  REQUIRE(bundle.notes.size() == 1);
  CHECK(bundle.notes[0].find("\"$make()\" is Python") != std::string::npos);
}
