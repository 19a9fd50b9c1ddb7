#include "radbatch/model/describe.hpp"

#include <doctest/doctest.h>

#include "example_bundle.hpp"

using namespace radbatch;
using radbatch::testing::example_sidecar;
using radbatch::testing::load;

TEST_CASE("inspect shows the contract, the plan, the heads and the columns") {
  Bundle bundle = load(example_sidecar());
  bundle.folder = "models/chest";
  const std::string text = inspect_text(bundle);
  CHECK(text.starts_with(
      "chest 2.1: three classes\nfolder: models/chest\nbackends:\n  models/model.ts: torchscript, "));
  for (const char* part :
       {"  image: modality CT, CR; 2 or 3 dimensions; 1 channels\n", "  ExtractSlices axis=2",
        "  lung: multi-class, activation softmax, output '0'\n", "    Lung Opacity (SCT:128477000)\n",
        "    气胸, threshold 0.5\n", "pooling: slices -> case by mean\n",
        "columns: p_normal, p_lung_opacity, p_pneumothorax, d_pneumothorax, top\n",
        "golden: 0 known answers\n"}) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, part);
  }
}

TEST_CASE("describe gives the sidecar with its canonical plan, columns and digests") {
  const Json json = describe(load(example_sidecar()));
  CHECK(json.at("plan")[0].at("name") == "ExtractSlices");
  CHECK(json.at("columns")[0] == "p_normal");
  CHECK(json.at("digests").at("sidecar_sha256").get<std::string>().size() == 64);
}
