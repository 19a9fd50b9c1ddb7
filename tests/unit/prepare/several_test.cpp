#include "radbatch/prepare/several.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"
#include "radbatch/model/plan_images.hpp"

using namespace radbatch;

namespace {

using Shape = std::vector<std::int64_t>;
using Values = std::vector<float>;

/// A volume full of one value, its voxels 1 mm apart, shifted along x.
NamedVolume image(const std::string& name, float value, std::array<std::int64_t, 3> size = {2, 1, 1},
                  double shift_mm = 0) {
  Volume volume = make_volume(size, 1, 1, SampleType::float32);
  for (float& sample : volume.samples.as<float>()) sample = value;
  volume.lps.m[0][3] = shift_mm;
  return {name, std::move(volume)};
}

NamedVolume missing(const std::string& name) {
  return {name, std::nullopt, 1, true};
}

template <class... Images>
PreparedTensor run(const std::string& text, Images... images) {
  std::vector<NamedVolume> inputs;
  (inputs.push_back(std::move(images)), ...);
  std::vector<std::string> names;
  for (const NamedVolume& input : inputs) names.push_back(input.name);
  Plan plan = parse_plan(Json::parse(text));
  bind_images(plan, names);
  return prepare_several(std::move(inputs), plan);
}

template <class... Images>
std::string error_of(const std::string& text, Images... images) {
  try {
    run(text, std::move(images)...);
  } catch (const Error& error) {
    return std::string(code(error.reason().value_or(Reason::interrupted))) + " " + error.message();
  }
  return "no error";
}

constexpr const char* concat = R"([{"name": "ConcatItems", "keys": ["a", "b"], "output": "both"}])";

}  // namespace

TEST_CASE("images are joined along the channels, in the order of keys") {
  const PreparedTensor tensor = run(concat, image("a", 1), image("b", 2));
  CHECK(tensor.shape == Shape{1, 2, 2, 1, 1});
  CHECK(tensor.values == Values{1, 1, 2, 2});
  CHECK(tensor.axes == "N,C,i,j,k");
  CHECK(run(R"([{"name": "ConcatItems", "keys": ["b", "a"], "output": "a"}])", image("a", 1), image("b", 2))
            .values == Values{2, 2, 1, 1});
}

TEST_CASE("steps work on the images they name, or on all") {
  const std::string text = R"([
      {"name": "ScaleIntensityRange", "keys": "b", "a_min": 0, "a_max": 1, "b_min": 0, "b_max": 10},
      {"name": "ScaleIntensityRange", "a_min": 0, "a_max": 1, "b_min": 1, "b_max": 2},
      {"name": "ConcatItems", "output": "both"},
      {"name": "ScaleIntensityRange", "a_min": 0, "a_max": 1, "b_min": 0, "b_max": 2}])";
  CHECK(run(text, image("a", 1), image("b", 2)).values == Values{4, 4, 42, 42});
}

TEST_CASE("a copy is prepared on its own") {
  const std::string text = R"([
      {"name": "CopyItems", "keys": "a", "names": "c"},
      {"name": "ScaleIntensityRange", "keys": "c", "a_min": 0, "a_max": 1, "b_min": 0, "b_max": 10},
      {"name": "DeleteItems", "keys": "b"}, {"name": "ConcatItems", "output": "both"}])";
  CHECK(run(text, image("a", 1), image("b", 2)).values == Values{1, 1, 10, 10});
}

TEST_CASE("slices are cut from the joined image") {
  const std::string text =
      R"([{"name": "ConcatItems", "output": "both"}, {"name": "ExtractSlices", "axis": 0}])";
  const PreparedTensor tensor = run(text, image("a", 1), image("b", 2));
  CHECK(tensor.shape == Shape{2, 2, 1, 1});
  CHECK(tensor.values == Values{1, 2, 1, 2});
}

TEST_CASE("a missing input is zeros, and its presence a channel behind all images") {
  NamedVolume there = image("b", 2);
  there.with_presence_channel = true;
  CHECK(run(concat, image("a", 1), missing("b")).values == Values{1, 1, 0, 0, 0, 0});
  CHECK(run(concat, image("a", 1), std::move(there)).values == Values{1, 1, 2, 2, 1, 1});
  CHECK(run(concat, missing("a"), image("b", 2)).values == Values{0, 0, 2, 2, 0, 0});
  CHECK(error_of(concat, missing("a"), missing("b")) ==
        "E_MISSING_INPUT the case has none of the model's inputs");
}

TEST_CASE("the zeros of a missing input go through the plan") {
  const std::string text = R"([
      {"name": "ScaleIntensityRange", "a_min": -1, "a_max": 0, "b_min": 0, "b_max": 1},
      {"name": "ConcatItems", "output": "both"}])";
  CHECK(run(text, image("a", 1), missing("b")).values == Values{2, 2, 1, 1, 0, 0});
}

TEST_CASE("images on different grids are not joined") {
  CHECK(error_of(concat, image("a", 1), image("b", 2, {2, 3, 1})) ==
        "E_PREPARE step 1 of the plan (ConcatItems): a has shape [1,2,1,1] and b has [1,2,3,1]");
  CHECK(error_of(concat, image("a", 1), image("b", 2, {2, 1, 1}, 0.5)) ==
        "E_PREPARE step 1 of the plan (ConcatItems): a and b have the shape [1,2,1,1] and lie 0.5 voxels "
        "apart");
  CHECK(error_of(concat, image("a", 1), image("b", 2, {2, 1, 1}, 0.001)) == "no error");
}

TEST_CASE("ResampleToMatch puts an image on the grid of another") {
  // b is 1, 2, 3, 4 at x = 0, -1, -2, -3 mm RAS; a lies at -0.5 and -1.5.
  NamedVolume b = image("b", 0, {4, 1, 1});
  for (int i = 0; i < 4; ++i) b.volume->samples.as<float>()[static_cast<std::size_t>(i)] = i + 1.0F;
  const PreparedTensor tensor = run(R"([{"name": "ResampleToMatch", "keys": ["b"], "key_dst": "a"},
                                        {"name": "ConcatItems", "output": "both"}])",
                                    image("a", 7, {2, 1, 1}, 0.5), std::move(b));
  CHECK(tensor.values == Values{7, 7, 1.5, 2.5});
  CHECK(tensor.affine_ras.m[0][3] == -0.5);
  const Json& matched = tensor.trace.at(2);
  CHECK(matched["name"] == "ResampleToMatch");
  CHECK(matched["image"] == "b");
  CHECK(matched["shape"] == Json{1, 2, 1, 1});
}

TEST_CASE("a step that fails says which image") {
  CHECK(error_of(R"([{"name": "SqueezeDim", "keys": "b", "dim": 1}, {"name": "ConcatItems", "output": "c"}])",
                 image("a", 1), image("b", 2)) ==
        "E_PREPARE b: step 1 of the plan (SqueezeDim): axis 1 has 2 voxels and must have 1");
}
