#include "radbatch/model/plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>

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
  CHECK(canonical(to_json(plan)) ==
        R"([{"align_corners":false,"diagonal":false,"max_pixdim":null,"min_pixdim":null,"mode":"bilinear",)"
        R"("name":"Spacing","padding_mode":"border","pixdim":[1.0,2.5],"recompute_affine":false,)"
        R"("scale_extent":false},{"align_corners":null,"anti_aliasing":false,"anti_aliasing_sigma":null,)"
        R"("dtype":"float32","mode":"area","name":"Resize","size_mode":"all",)"
        R"("spatial_size":[64,64]},{"a_max":164.0,"a_min":-57.0,"b_max":null,"b_min":null,"clip":false,)"
        R"("dtype":"float32","name":"ScaleIntensityRange"}])");
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
    {"name": "ThresholdIntensity", "threshold": 3, "above": false, "cval": -1},
    {"name": "ClipIntensityPercentiles", "lower": 5, "upper": null, "sharpness_factor": 10},
    {"name": "HistogramNormalize", "num_bins": 64}, {"name": "ShiftIntensity", "offset": -3},
    {"name": "AdjustContrast", "gamma": 1.5, "retain_stats": true},
    {"name": "WindowLevel", "windows": ["brain", "header"], "function": "sigmoid"},
    {"name": "torchvision.Normalize", "mean": [0.485, 0.456], "std": [0.2, 0.3]},
    {"name": "Transpose", "indices": [0, 2, 1]},
    {"name": "Zoom", "zoom": [0.5, 2], "mode": "linear", "padding_mode": "circular", "dtype": "np.float64"},
    {"name": "BorderPad", "spatial_border": [1, 2, 3, 4], "constant_values": 7},
    {"name": "DivisiblePad", "k": [16, 0, 8], "method": "end"}, {"name": "CenterScaleCrop", "roi_scale": 0.5},
    {"name": "SpatialCrop", "roi_start": [0, 1], "roi_end": [5, 6]},
    {"name": "CropForeground", "select_fn": "above", "threshold": -500, "margin": [1, 2, 3], "channel_indices": 0},
    {"name": "Flip", "spatial_axis": -1}, {"name": "Rotate90", "k": 3, "spatial_axes": [0, 2]},
    {"name": "torchvision.transforms.Resize", "size": 256, "max_size": 300, "of": "pil"},
    {"name": "torchvision.CenterCrop", "size": [224, 224]},
    {"name": "torchxrayvision.datasets.XRayCenterCrop"}, {"name": "torchxrayvision.XRayResizer", "size": 224},
    {"name": "MaximumProjection", "slab_mm": 10}])"));
  const Json others = to_json(parsed(R"([
    {"name": "SampleFrames", "frames": "n=16"}, {"name": "torchvision.ToTensor"},
    {"name": "torchvision.Grayscale", "num_output_channels": 3}])"));
  const Json conversions = to_json(parsed(R"([
    {"name": "torchvision.ConvertImageDtype"}])"));
  const Json more = to_json(parsed(R"([{"name": "torchvision.ToDtype", "scale": true}])"));
  const Json x_ray = to_json(parsed(R"([
    {"name": "torchxrayvision.normalize", "maxval": "bits-stored", "colour": "first"}])"));
  for (const Json& part : {others, conversions, more, x_ray}) CHECK(to_json(parse_plan(part)) == part);
  CHECK(every.size() + others.size() + conversions.size() + more.size() + x_ray.size() ==
        std::variant_size_v<PlanStep>);
  CHECK(to_json(parse_plan(every)) == every);
  const auto written = [&](std::string_view step) {
    return *std::ranges::find_if(every, [&](const Json& entry) { return entry["name"] == step; });
  };
  CHECK(written("Resize")["mode"] == "bilinear");
  CHECK(written("ResizeWithPadOrCrop")["mode"] == "edge");
  CHECK(written("Zoom")["mode"] == "bilinear");
  CHECK(written("Zoom")["padding_mode"] == "wrap");
  CHECK(written("Zoom")["dtype"] == "float64");
  CHECK(written("torchvision.Resize")["of"] == "pil");
  CHECK(written("torchxrayvision.XRayCenterCrop").size() == 1);
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
  CHECK(error_of(R"([{"name": "GaussianSmooth"}])") == "plan[0]: unknown step GaussianSmooth");
  CHECK(error_of(R"([{"name": "Spacing", "pixdim": 1, "mode": "bilinar"}])") ==
        "plan[0].mode: \"bilinar\" is not one of \"bilinear\", \"nearest\", 0, 1, 3; did you mean bilinear?");
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
  CHECK(error_of(R"([{"name": "CropForeground", "return_coords": true}])") ==
        "plan[0].return_coords: true is not supported by radbatch's CropForeground; supported: false");
  CHECK(error_of(R"([{"name": "SpatialCrop", "roi_slices": [[0, 2]]}])") ==
        "plan[0].roi_slices: [[0,2]] is not supported by radbatch's SpatialCrop; supported: null");
  CHECK(error_of(R"([{"name": "torchxrayvision.XRayResizer", "size": 224, "engine": "cv2"}])") ==
        "plan[0].engine: \"cv2\" is not supported by radbatch's torchxrayvision.XRayResizer; supported: "
        "\"skimage\"");
  CHECK(error_of(R"([{"name": "Spacing", "pixdim": 1, "mode": 2}])") ==
        "plan[0].mode: 2 is not one of \"bilinear\", \"nearest\", 0, 1, 3");
  CHECK(error_of(R"([{"_target_": "CropForegroundd", "keys": ["image"], "source_key": "label"}])") ==
        "plan[0].source_key: radbatch prepares one image: give the same key as in keys");
}

TEST_CASE("plan: spatial parameters that contradict each other are refused") {
  CHECK(error_of(R"([{"name": "Spacing", "pixdim": 1, "padding_mode": "wrap"}])") ==
        "plan[0].padding_mode: mirror, wrap, grid-constant and grid-wrap are for mode 0, 1 and 3");
  CHECK(error_of(R"([{"name": "Spacing", "pixdim": 1, "min_pixdim": 2, "max_pixdim": 1}])") ==
        "plan[0].min_pixdim: must be 0 or more and at most max_pixdim");
  CHECK(error_of(R"([{"name": "Orientation"}])") ==
        "plan[0].axcodes: \"\" does not name two or three axes by one letter each of L/R, P/A, I/S");
  CHECK(
      error_of(
          R"([{"name": "Orientation", "axcodes": "RAS", "labels": [["L", "R"], ["I", "S"], ["P", "A"]]}])") ==
      "plan[0].labels: must be [[\"L\", \"R\"], [\"P\", \"A\"], [\"I\", \"S\"]], each pair in either order");
  CHECK(error_of(R"([{"name": "SpatialCrop", "roi_center": [1, 1], "roi_end": [2, 2]}])") ==
        "plan[0].roi_size: give roi_center and roi_size, or roi_start and roi_end, and nothing else");
  CHECK(error_of(R"([{"name": "SpatialCrop", "roi_start": [1, 1, 1], "roi_end": [2, 2]}])") ==
        "plan[0].roi_end: 3 and 2 values do not pair");
  CHECK(error_of(R"([{"name": "CropForeground", "select_fn": "above"}])") ==
        "plan[0].threshold: select_fn above and below need it");
  CHECK(error_of(R"([{"name": "CropForeground", "select_fn": "$lambda x: x > 0"}])")
            .starts_with("plan[0].select_fn: \"$lambda x: x > 0\" is an expression"));
  CHECK(error_of(R"([{"name": "Zoom", "zoom": 0}])") == "plan[0].zoom: must be greater than 0");
  CHECK(error_of(R"([{"name": "Rotate90", "spatial_axes": [0]}])") ==
        "plan[0].spatial_axes: must be two axes");
  CHECK(error_of(R"([{"name": "torchvision.Resize", "size": 8, "antialias": false, "of": "pil"}])") ==
        "plan[0].of: pil goes with bilinear and bicubic, which PIL always antialiases");
  CHECK(error_of(R"([{"name": "torchvision.Resize", "size": 8, "max_size": 8}])") ==
        "plan[0].max_size: must be greater than size");
  CHECK(error_of(R"([{"name": "torchvision.Rotate"}])") ==
        "plan[0]: unknown step torchvision.Rotate; did you mean torchvision.ToDtype?");
}

TEST_CASE("plan: an axis label that is turned round turns the letter of axcodes") {
  const auto axcodes = [](const std::string& text) { return to_json(parsed(text))[0]["axcodes"]; };
  CHECK(
      axcodes(
          R"([{"name": "Orientation", "axcodes": "LPS", "labels": [["R", "L"], ["A", "P"], ["I", "S"]]}])") ==
      "RAS");
  CHECK(axcodes(R"([{"name": "Orientation", "axcodes": "RAS", "as_closest_canonical": true}])").is_null());
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
