#include "radbatch/model/plan.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

Plan parsed(const std::string& text) {
  return parse_plan(Json::parse(text));
}

std::string error_of(const std::string& text) {
  try {
    parsed(text);
  } catch (const Error& error) {
    CHECK(error.exit_code() == ExitCode::usage);
    return error.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("plan: every default is written out, and read back as the same plan") {
  const Plan plan =
      parsed(R"([{"name": "Spacing", "pixdim": [1, 2.5]}, {"name": "Resize", "spatial_size": [64, 64]},
                               {"name": "ScaleIntensityRange", "a_min": -57, "a_max": 164}])");
  CHECK(
      canonical(to_json(plan)) ==
      R"([{"align_corners":false,"diagonal":false,"mode":"bilinear","name":"Spacing","padding_mode":"border",)"
      R"("pixdim":[1.0,2.5]},{"align_corners":null,"mode":"area","name":"Resize","size_mode":"all",)"
      R"("spatial_size":[64,64]},{"a_max":164.0,"a_min":-57.0,"b_max":null,"b_min":null,"clip":false,)"
      R"("name":"ScaleIntensityRange"}])");
  CHECK(to_json(parse_plan(to_json(plan))) == to_json(plan));
}

TEST_CASE("plan: all steps survive writing and reading") {
  const Json every = to_json(parsed(R"([
    {"name": "LoadImage"}, {"name": "EnsureChannelFirst"}, {"name": "EnsureType"}, {"name": "CastToType"},
    {"name": "ToTensor"}, {"name": "UltrasoundRegion", "if_missing": "keep"},
    {"name": "Orientation", "axcodes": "LPS"}, {"name": "Spacing", "pixdim": 2},
    {"name": "ScaleIntensityRange", "a_min": 0, "a_max": 1, "b_min": 0, "b_max": 2, "clip": true},
    {"name": "ScaleIntensityRangePercentiles", "lower": 1, "upper": 99, "b_min": null, "b_max": 1},
    {"name": "ScaleIntensity", "minv": null, "maxv": null, "factor": 0.5},
    {"name": "NormalizeIntensity", "subtrahend": [1, 2], "divisor": [3, 4], "channel_wise": true},
    {"name": "Resize", "spatial_size": 9, "size_mode": "longest", "mode": "trilinear", "align_corners": true},
    {"name": "CenterSpatialCrop", "roi_size": 5}, {"name": "SpatialPad", "spatial_size": [7, -1, 9], "value": -1000},
    {"name": "ResizeWithPadOrCrop", "spatial_size": [7, 8, 9], "mode": "replicate"},
    {"name": "CropToRegion", "size_mm": [30, 40, 50], "value": -1000, "if_missing": "keep"},
    {"name": "ResampleToMatch", "keys": ["t1", "t2"], "key_dst": "flair", "mode": "nearest"},
    {"name": "CopyItems", "keys": ["t1", "t2"], "names": ["a", "b"]}, {"name": "SelectItems", "keys": ["t1", "t2"]},
    {"name": "DeleteItems", "keys": "a"}, {"name": "ConcatItems", "output": "image"},
    {"name": "RepeatChannel", "repeats": 3}, {"name": "SqueezeDim", "dim": -1},
    {"name": "ExtractSlices", "axis": 1, "from": 2, "to": 5}, {"name": "Grayscale"},
    {"name": "Transpose", "indices": [0, 2, 1]}])"));
  CHECK(every.size() == std::variant_size_v<PlanStep>);
  CHECK(to_json(parse_plan(every)) == every);
  CHECK(every[12]["mode"] == "bilinear");
  CHECK(every[15]["mode"] == "edge");
}

TEST_CASE("plan: the hash is of the meaning, not of the spelling") {
  const std::string sha = plan_sha256(parsed(R"([{"name": "Orientation", "axcodes": "RAS"}])"));
  CHECK(sha.size() == 64);
  CHECK(sha == plan_sha256(parsed(R"([{"_target_": "Orientationd", "keys": "image", "axcodes": "RAS"}])")));
  CHECK(sha ==
        plan_sha256(parsed(
            R"([{"_target_": "monai.transforms.Orientationd", "keys": ["image"], "axcodes": "RAS"}])")));
  CHECK(sha != plan_sha256(parsed(R"([{"name": "Orientation", "axcodes": "LPS"}])")));
}

TEST_CASE("plan: MONAI's one-per-key lists and harmless parameters are read") {
  const Plan plan =
      parsed(R"([{"_target_": "Spacingd", "keys": ["image"], "pixdim": [1, 1, 1], "mode": ["nearest"],
                                "allow_missing_keys": true, "dtype": "float64"}])");
  CHECK(std::get<step::Spacing>(plan.steps[0]).mode == step::SampleMode::nearest);
}

TEST_CASE("plan: an unknown step or parameter names the nearest one") {
  CHECK(error_of(R"([{"name": "EnsureType"}, {"name": "Resise"}])") ==
        "plan[1]: unknown step Resise; did you mean Resize?");
  CHECK(
      error_of(
          R"([{"name": "EnsureType"}, {"name": "EnsureType"}, {"name": "Resize", "spatial_sise": [1, 1]}])") ==
      "plan[2].spatial_sise: unknown parameter of Resize; did you mean spatial_size?");
  CHECK(error_of(R"([{"name": "RandFlip"}])") == "plan[0]: unknown step RandFlip");
  CHECK(error_of(R"([{"name": "Spacing", "pixdim": 1, "mode": "bilinar"}])") ==
        "plan[0].mode: \"bilinar\" is not one of bilinear, nearest; did you mean bilinear?");
}

TEST_CASE("plan: missing, mistyped and impossible values are refused by path") {
  CHECK(error_of(R"([{"name": "ScaleIntensityRange"}])") ==
        "plan[0]: ScaleIntensityRange needs a_min, a_max");
  CHECK(error_of(R"([{"name": "Spacing", "pixdim": "1"}])") ==
        "plan[0].pixdim: expected a number or a list of numbers, found \"1\"");
  CHECK(error_of(R"([{"name": "Resize", "spatial_size": [1, 2.5]}])") ==
        "plan[0].spatial_size[1]: expected a whole number, found 2.5");
  CHECK(error_of(R"([{"name": "ScaleIntensityRange", "a_min": 0, "a_max": 1, "clip": 1}])") ==
        "plan[0].clip: expected true or false, found 1");
  CHECK(error_of(R"([{"name": "Orientation", "axcodes": "RLS"}])") ==
        "plan[0].axcodes: \"RLS\" does not name two or three axes by one letter each of L/R, P/A, I/S");
  CHECK(error_of(R"([{"name": "Resize", "spatial_size": 64}])") ==
        "plan[0].spatial_size: Resize needs one value per spatial axis (MONAI refuses a single number here)");
  CHECK(error_of(R"([{"name": "Resize", "spatial_size": [64, 64], "align_corners": false}])") ==
        "plan[0].align_corners: only for bilinear, trilinear and bicubic");
  CHECK(error_of(R"([{"name": "SqueezeDim"}])") ==
        "plan[0].dim: 0 is the channel axis, which networks need; name a spatial axis");
  CHECK(error_of(R"({"name": "Resize"})") == "plan: a plan is a list of steps");
  CHECK(error_of(R"([3])") == "plan[0]: a step is an object with a \"name\"");
}

TEST_CASE("plan: MONAI parameters that would change the result are refused, not ignored") {
  CHECK(error_of(R"([{"name": "Resize", "spatial_size": [1, 1], "anti_aliasing": true}])") ==
        "plan[0].anti_aliasing: true is not supported by radbatch's Resize; supported: false");
  CHECK(error_of(R"([{"name": "Spacing", "pixdim": 1, "scale_extent": true}])") ==
        "plan[0].scale_extent: true is not supported by radbatch's Spacing; supported: false");
}

TEST_CASE("plan: code is never evaluated") {
  CHECK(error_of(R"([{"name": "Spacing", "pixdim": "$@spacing * 2"}])") ==
        "plan[0].pixdim: \"$@spacing * 2\" is an expression of MONAI's config language, and a plan is never "
        "evaluated as code; write the value itself");
  CHECK(error_of(R"([{"name": "Orientation", "axcodes": "@axcodes"}])") ==
        "plan[0].axcodes: \"@axcodes\" is an expression of MONAI's config language, and a plan is never "
        "evaluated "
        "as code; write the value itself");
}

TEST_CASE("plan: orders without a meaning are refused") {
  CHECK(
      error_of(
          R"([{"name": "Grayscale"}, {"name": "Resize", "spatial_size": [8, 8]}, {"name": "UltrasoundRegion"}])") ==
      "plan[2]: UltrasoundRegion after a step that moves pixels: the header counts those of the picture as "
      "it is");
  CHECK(error_of(R"([{"name": "ExtractSlices"}, {"name": "ExtractSlices"}])") ==
        "plan[1]: a plan extracts slices once");
  CHECK(error_of(R"([{"name": "Transpose", "indices": [0, 2, 1]}, {"name": "Spacing", "pixdim": 1}])") ==
        "plan[1]: Spacing after Transpose: MONAI leaves the affine untransposed, so the result would be "
        "wrong; put "
        "Transpose last");
}
