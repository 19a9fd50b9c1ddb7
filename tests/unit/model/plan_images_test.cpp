#include "radbatch/model/plan_images.hpp"

#include <doctest/doctest.h>

#include "example_bundle.hpp"
#include "radbatch/base/error.hpp"

using namespace radbatch;
using radbatch::testing::message_of;

namespace {

Plan parsed(const std::string& text) {
  return parse_plan(Json::parse(text));
}

const std::vector<std::string> two{"t1", "t2"};

/// The name of what the plan leaves of these inputs, or why it is refused.
std::string left(const std::string& text, const std::vector<std::string>& inputs = two,
                 const std::set<std::string>& with_presence = {}) {
  Plan plan = parsed(text);
  std::string name;
  const std::string refusal = message_of([&] { name = bind_images(plan, inputs, with_presence); });
  return refusal == "no error" ? name : refusal;
}

}  // namespace

TEST_CASE("plan of several images: one must remain") {
  CHECK(left(R"([{"name": "ConcatItems", "keys": ["t1", "t2"], "output": "image"}])") == "image");
  CHECK(left(R"([{"name": "ConcatItems", "output": "t1"}])") == "t1");
  CHECK(left(R"([{"name": "SelectItems", "keys": "t2"}])") == "t2");
  CHECK(left(R"([{"name": "DeleteItems", "keys": ["t2", "label"]}])") == "t1");
  CHECK(
      left(R"([{"name": "ScaleIntensity"}])") ==
      "plan: 2 images remain (t1, t2), and a network takes one tensor | join them with ConcatItems, or keep "
      "one with SelectItems");
}

TEST_CASE("plan of several images: a name that is not held is refused with its path") {
  CHECK(left(R"([{"name": "ConcatItems", "output": "image"}, {"name": "ScaleIntensity", "keys": ["t1"]}])") ==
        "plan[1].keys: there is no image t1 here; held are image");
  CHECK(left(R"([{"name": "ResampleToMatch", "keys": ["t2"], "key_dst": "t1c"}])") ==
        "plan[0].key_dst: there is no image t1c here; held are t1, t2; did you mean t1?");
  CHECK(left(R"([{"name": "CopyItems", "keys": ["t1"], "names": ["t2"]}])") ==
        "plan[0].names: there is an image t2 already");
  CHECK(left(R"([{"name": "CopyItems", "keys": ["t1"], "names": ["a", "b"]}])") ==
        "plan[0].names: must be one for each of keys");
  CHECK(left(R"([{"name": "SelectItems"}])") == "plan[0]: SelectItems needs keys");
  CHECK(left(R"([{"name": "ExtractSlices"}, {"name": "ConcatItems", "output": "image"}])") ==
        "plan[0]: ExtractSlices needs one image; join them with ConcatItems before");
}

TEST_CASE("plan of several images: an input with a presence channel must be joined") {
  const std::string concat = R"({"name": "ConcatItems", "output": "image"})";
  CHECK(left("[" + concat + "]", two, {"t2"}) == "image");
  CHECK(left(R"([{"name": "SelectItems", "keys": "t2"}])", two, {"t2"}) ==
        "plan: the input t2 has if_missing mask-channel and is never joined by ConcatItems, which adds that "
        "channel");
}

TEST_CASE("plan for one image: any word may stand for it") {
  const std::string text = R"([{"_target_": "Spacingd", "keys": ["image"], "pixdim": 1},
                               {"_target_": "DeleteItemsd", "keys": ["label"]}])";
  CHECK(left(text, {"ct"}) == "ct");
  Plan plan = parsed(text);
  bind_images(plan, {"ct"});
  CHECK(keys_of(plan, 0) == std::vector<std::string>{"ct"});
  CHECK(left(R"([{"_target_": "EnsureTyped", "keys": ["image", "label"]}])", {"ct"}) ==
        "plan[0].keys: there is no image label here; held are ct");
}

TEST_CASE("keys of one image say nothing, keys of several are part of the plan") {
  CHECK(plan_sha256(parsed(R"([{"name": "ScaleIntensity", "keys": "image"}])")) ==
        plan_sha256(parsed(R"([{"name": "ScaleIntensity"}])")));
  const Plan plan = parsed(R"([{"name": "ScaleIntensity", "keys": ["t2", "t1"]}, {"name": "Flip"}])");
  CHECK(keys_of(plan, 0) == std::vector<std::string>{"t2", "t1"});
  CHECK(keys_of(plan, 1).empty());
  CHECK(to_json(plan)[0]["keys"] == Json{"t2", "t1"});
  CHECK(plan_sha256(parse_plan(to_json(plan))) == plan_sha256(plan));
  CHECK(message_of([] { parsed(R"([{"name": "ScaleIntensity", "keys": ["t1", "t1"]}])"); }) ==
        "plan[0].keys: names t1 twice");
}

TEST_CASE("a list with one mode for each key is a step for each key") {
  const Plan plan = parsed(
      R"([{"_target_": "Spacingd", "keys": ["t1", "seg"], "pixdim": 2, "mode": ["bilinear", "nearest"]}])");
  REQUIRE(plan.steps.size() == 2);
  CHECK(keys_of(plan, 1) == std::vector<std::string>{"seg"});
  CHECK(std::get<step::Spacing>(plan.steps[0]).mode == step::SampleMode::bilinear);
  CHECK(std::get<step::Spacing>(plan.steps[1]).mode == step::SampleMode::nearest);
}

TEST_CASE("MONAI's ConcatItemsd calls its output name") {
  const Plan plan = parsed(
      R"([{"_target_": "monai.transforms.ConcatItemsd", "keys": ["t1", "t2"], "name": "image", "dim": 0}])");
  CHECK(std::get<step::ConcatItems>(plan.steps[0]).output == "image");
  CHECK(message_of([] { parsed(R"([{"name": "ConcatItems", "keys": ["t1", "t2"]}])"); }) ==
        "plan[0]: ConcatItems needs output");
  CHECK(message_of([] { parsed(R"([{"name": "ConcatItems", "output": "x", "dim": 1}])"); }) ==
        "plan[0].dim: 1 is not supported by radbatch's ConcatItems; supported: 0");
}

TEST_CASE("CropToRegion: one way to say how large") {
  CHECK(message_of([] { parsed(R"([{"name": "CropToRegion", "spatial_size": 9, "margin_mm": 5}])"); }) ==
        "plan[0].margin_mm: give one of spatial_size, size_mm and margin_mm");
  CHECK(message_of([] { parsed(R"([{"name": "CropToRegion", "spatial_size": [9, 0, 9]}])"); }) ==
        "plan[0].spatial_size: must be 1 or more on every axis");
  CHECK(message_of([] { parsed(R"([{"name": "ExtractSlices"}, {"name": "CropToRegion"}])"); }) ==
        "plan[1]: CropToRegion after ExtractSlices: a region is a part of the volume; put it before");
}
