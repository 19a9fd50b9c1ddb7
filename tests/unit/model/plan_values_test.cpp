// Readers, types and value steps of plans: what is read, written back and refused.
#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"
#include "radbatch/model/plan.hpp"

using namespace radbatch;

namespace {

Json canonical_plan(const std::string& text) {
  return to_json(parse_plan(Json::parse(text)));
}

std::string error_of(const std::string& text) {
  try {
    parse_plan(Json::parse(text));
  } catch (const Error& error) {
    CHECK(error.exit_code() == ExitCode::usage);
    return error.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("plan: readers and their conventions are read in MONAI's spellings") {
  const Json load = canonical_plan(R"([{"_target_": "monai.transforms.LoadImaged", "keys": "image",
      "reader": "monai.data.PILReader", "reverse_indexing": false, "simple_keys": true, "nonfinite": 0}])")
      [0];
  CHECK(load["reader"] == "PILReader");
  CHECK(load["reverse_indexing"] == false);
  CHECK(load["nonfinite"] == 0.0);
  CHECK(canonical_plan(R"([{"name": "LoadImage", "reader": "itkreader"}])")[0]["reader"] == "ITKReader");
  CHECK(canonical_plan(R"([{"name": "LoadImage"}])")[0]["nonfinite"] == "refuse");
  CHECK(error_of(R"([{"name": "LoadImage", "reader": "NumpyReader"}])") ==
        "plan[0].reader: \"NumpyReader\" is not one of ITKReader, NibabelReader, PILReader, PydicomReader, "
        "NrrdReader");
  CHECK(error_of(R"([{"name": "LoadImage", "reverse_indexing": false}])") ==
        "plan[0].reverse_indexing: is a parameter of PILReader and ITKReader; name the reader");
  CHECK(error_of(R"([{"name": "LoadImage", "reader": "ITKReader", "affine_lps_to_ras": false}])") ==
        "plan[0].affine_lps_to_ras: false is not supported by radbatch's LoadImage; supported: true");
  CHECK(error_of(R"([{"name": "LoadImage", "nonfinite": "zero"}])") ==
        "plan[0].nonfinite: expected \"refuse\" or the number that NaN and infinity become, found \"zero\"");
  CHECK(error_of(R"([{"name": "EnsureChannelFirst", "channel_dim": 0}])") ==
        "plan[0].channel_dim: 0 is not null, \"no_channel\", -1, 2 or 3: the files that radbatch reads hold "
        "their channels on the last axis");
  CHECK(error_of(R"([{"name": "ScaleIntensity"}, {"name": "LoadImage"}])") ==
        "plan[1]: LoadImage after another step: reading comes first");
  CHECK(error_of(R"([{"name": "ScaleIntensity"}, {"name": "EnsureChannelFirst"}])") ==
        "plan[1]: EnsureChannelFirst after a step on the image: it belongs to reading");
  CHECK(
      error_of(R"([{"name": "LoadImage", "reader": "ITKReader", "reverse_indexing": true},
                     {"name": "Orientation", "axcodes": "RAS"}])") ==
      "plan[1]: Orientation after ITKReader with reverse_indexing: MONAI leaves the affine as it was, so the "
      "result would be wrong");
}

TEST_CASE("plan: types other than float32 are for moving voxels only") {
  CHECK(canonical_plan(R"([{"name": "CastToType", "dtype": "torch.uint8"},
                           {"name": "EnsureType", "dtype": "np.float32"}])")[0]["dtype"] == "uint8");
  CHECK(error_of(R"([{"name": "CastToType", "dtype": "complex64"}])") ==
        "plan[0].dtype: \"complex64\" is no type that CastToType computes in; known: float32, float16, "
        "bfloat16, "
        "uint8, int16, int32, int64");
  CHECK(error_of(R"([{"name": "CastToType", "dtype": "uint8"}])") ==
        "plan: ends in uint8, and networks take float32; end with {\"name\": \"EnsureType\", \"dtype\": "
        "\"float32\"}");
  CHECK(error_of(R"([{"name": "CastToType", "dtype": "float16"},
                     {"name": "ScaleIntensityRange", "a_min": 0, "a_max": 1}])") ==
        "plan[1]: ScaleIntensityRange on float16: MONAI would count in that type; put {\"name\": "
        "\"EnsureType\", "
        "\"dtype\": \"float32\"} before it");
  CHECK(error_of(R"([{"name": "LoadImage", "dtype": null}, {"name": "Spacing", "pixdim": 1}])")
            .starts_with("plan[1]: Spacing on the type of the file (LoadImage with dtype null)"));
  // These two convert to float32 themselves.
  CHECK(error_of(R"([{"name": "LoadImage", "dtype": null}, {"name": "ScaleIntensity"}])") == "no error");
  CHECK(error_of(R"([{"name": "CastToType", "dtype": "int16"}, {"name": "NormalizeIntensity"}])") ==
        "no error");
}

TEST_CASE("plan: whose a step is, is told by its modules") {
  const auto first_name = [](const std::string& name) {
    return canonical_plan(R"([{"name": ")" + name + R"(", "mean": [0.5], "std": 0.5}])")[0]["name"];
  };
  CHECK(first_name("torchvision.Normalize") == "torchvision.Normalize");
  CHECK(first_name("torchvision.transforms.v2.Normalize") == "torchvision.Normalize");
  CHECK(canonical_plan(R"([{"name": "torchvision.transforms.ToTensor"}])")[0]["name"] ==
        "torchvision.ToTensor");
  CHECK(canonical_plan(R"([{"name": "monai.transforms.utility.array.ToTensor"}])")[0]["name"] == "ToTensor");
  CHECK(canonical_plan(R"([{"_target_": "SpacingDict", "keys": "image", "pixdim": 1}])")[0]["name"] ==
        "Spacing");
  CHECK(error_of(R"([{"name": "scripts.transforms.Spacing", "pixdim": 1}])")
            .starts_with("plan[0]: unknown step scripts.transforms.Spacing"));
  CHECK(error_of(R"([{"name": "Normalize", "mean": 0, "std": 1}])")
            .starts_with("plan[0]: unknown step Normalize"));
}

TEST_CASE("plan: training's steps are refused with what to do") {
  CHECK(
      error_of(R"([{"name": "RandFlipd", "keys": "image"}])") ==
      "plan[0]: RandFlipd is random augmentation, which is for training: leave it out, inference prepares an "
      "image one way");
  CHECK(error_of(R"([{"name": "torchvision.transforms.RandomHorizontalFlip"}])")
            .starts_with("plan[0]: torchvision.RandomHorizontalFlip is random augmentation"));
  CHECK(error_of(R"([{"_target_": "monai.transforms.Lambdad", "keys": "image", "func": "$lambda x: x"}])") ==
        "plan[0]: Lambdad holds code, and a plan is never evaluated as code: write what it does as steps by "
        "name "
        "(docs/plan.md), or put it into the exported network");
  CHECK(error_of(R"([{"name": "MaskIntensity"}])") ==
        "plan[0]: MaskIntensity takes its mask from a second image, which no step of a plan has");
}

TEST_CASE("plan: windows by number, by name and from the header") {
  const auto windows = [](const std::string& parameters) {
    return canonical_plan(R"([{"name": "WindowLevel", )" + parameters + "}]")[0]["windows"].dump();
  };
  CHECK(windows(R"("center": 40, "width": 80)") == R"([{"center":40.0,"width":80.0}])");
  CHECK(windows(R"("windows": "brain")") == R"([{"center":40.0,"width":80.0}])");
  CHECK(windows(R"("windows": ["brain", {"header": "BONE"}, "header"])") ==
        R"([{"center":40.0,"width":80.0},{"header":"BONE"},{"header":"first"}])");
  CHECK(error_of(R"([{"name": "WindowLevel", "windows": "brian"}])") ==
        "plan[0].windows: \"brian\" is no preset; known: header, brain, stroke, subdural, bone, spine-bone, "
        "soft-tissue, lung, mediastinum, abdomen, liver, angiography");
  CHECK(error_of(R"([{"name": "WindowLevel"}])") ==
        "plan[0].windows: is missing: give center and width, a preset's name, \"header\", or a list of "
        "windows");
  CHECK(error_of(R"([{"name": "WindowLevel", "center": 40, "width": 0.5}])") ==
        "plan[0].windows: has a width of 0.5; DICOM's linear function takes 1 or more");
  CHECK(error_of(R"([{"name": "WindowLevel", "windows": [{"center": 4}]}])") ==
        "plan[0].windows[0]: WindowLevel's window needs width");
  const std::string every = R"([{"name": "WindowLevel", "windows": [{"header": "BONE"}, "liver"],
                                 "function": "sigmoid", "b_min": -1}])";
  CHECK(to_json(parse_plan(canonical_plan(every))) == canonical_plan(every));
}

TEST_CASE("plan: conversions of stored values come before steps that change them") {
  CHECK(error_of(R"([{"name": "ScaleIntensity"}, {"name": "torchvision.ToTensor"}])") ==
        "plan[1]: torchvision.ToTensor after a step that changes values: it divides those of the file");
  CHECK(error_of(R"([{"name": "torchvision.Grayscale"}])") ==
        "plan[0]: torchvision.Grayscale before torchvision.ToTensor, where torchvision counts as Pillow "
        "does: use "
        "the step Grayscale there");
  CHECK(error_of(R"([{"name": "ShiftIntensity", "offset": 1}, {"name": "torchxrayvision.normalize",
                      "maxval": "bits-stored"}])") ==
        "plan[1]: torchxrayvision.normalize of bits-stored after a step that changes values");
  CHECK(error_of(R"([{"name": "torchvision.Normalize", "mean": [0, 0], "std": [1, 0]}])") ==
        "plan[0].std: holds 0, and values are divided by it");
}

TEST_CASE("plan: SampleFrames is a word of --frames, in its one spelling") {
  const Plan plan = parse_plan(Json::parse(R"([{"name": "SampleFrames", "frames": "every=500ms"}])"));
  CHECK(frames_of(plan) == "every=0.5s");
  CHECK(frames_of(Plan{}) == "default");
  CHECK(error_of(R"([{"name": "SampleFrames", "frames": "some"}])")
            .starts_with("plan[0].frames: expected n=32, every=0.5s"));
}
