// What the spatial steps refuse, and what they do to the names of axes. Their numbers: parity_test.cpp.
#include <doctest/doctest.h>

#include "prepare_helpers.hpp"

using namespace radbatch;

TEST_CASE("crops that keep nothing and foreground that is not there are refused with shapes") {
  const auto message = [](const Volume& volume, const std::string& plan) {
    return error_of(volume, plan).message();
  };
  CHECK(
      message(counting({4, 3, 2}), R"([{"name": "SpatialCrop", "roi_start": [4, 0], "roi_end": [6, 3]}])") ==
      "step 1 of the plan (SpatialCrop): the crop keeps no voxel of [1,4,3,2] on axis 0: it starts at 4 and "
      "takes 2");
  CHECK(
      message(counting({4, 3, 2}),
              R"([{"name": "SpatialCrop", "roi_center": [1, 1], "roi_size": [2, 0]}])") ==
      "step 1 of the plan (SpatialCrop): the crop keeps no voxel of [1,4,3,2] on axis 1: it starts at 1 and "
      "takes 0");
  const Error empty = error_of(counting({2, 2, 2}), R"([{"name": "CropForeground", "select_fn": "above",
                                                         "threshold": 100}])");
  CHECK(empty.reason() == Reason::prepare);
  CHECK(empty.message() == "step 1 of the plan (CropForeground): no voxel of [1,2,2,2] is foreground");
  CHECK(empty.hint() == "MONAI would go on with an empty image; see select_fn and the steps before");
  CHECK(error_of(counting({2, 2, 2}), R"([{"name": "CropForeground", "channel_indices": 1}])").reason() ==
        Reason::channels);
  CHECK(message(counting({4, 3, 2}), R"([{"name": "Zoom", "zoom": 0.4}])") ==
        "step 1 of the plan (Zoom): an axis of [1,4,3,2] would have no voxel left after this zoom");
  CHECK(message(counting({4, 3, 2}), R"([{"name": "Flip", "spatial_axis": 3}])") ==
        "step 1 of the plan (Flip): the image has 3 spatial axes and no axis 3");
  CHECK(message(counting({4, 3, 2}), R"([{"name": "Rotate90", "spatial_axes": [0, -3]}])") ==
        "step 1 of the plan (Rotate90): axis 0 is named twice");
  CHECK(message(picture({4, 3, 1}), R"([{"name": "MaximumProjection"}])") ==
        "step 1 of the plan (MaximumProjection): MaximumProjection is for volumes, the image has shape "
        "[1,4,3]");
}

TEST_CASE("sizes that overflow are refused before memory is asked for") {
  const auto refused = [](const std::string& plan) {
    const Error error = error_of(counting({4, 3, 2}), plan);
    CHECK(error.reason() == Reason::too_large);
    CHECK(!error.hint().empty());
    return error.message();
  };
  CHECK(refused(R"([{"name": "SpatialPad", "spatial_size": [1000000000, 1000000000, 1000000000]}])") ==
        "step 1 of the plan (SpatialPad): the step makes an image of [1,1000000000,1000000000,1000000000] "
        "values, "
        "2^32 are allowed");
  CHECK(refused(R"([{"name": "Resize", "spatial_size": [1000000000, 1000000000, 5]}])").ends_with("allowed"));
  CHECK(refused(R"([{"name": "Zoom", "zoom": 1e30}])").ends_with("allowed"));
  CHECK(refused(R"([{"name": "Spacing", "pixdim": 1e-6}])").ends_with("allowed"));
  CHECK(refused(R"([{"name": "Spacing", "pixdim": 1e-30}])") ==
        "step 1 of the plan (Spacing): an axis would have 3e+30 voxels");
  CHECK(refused(R"([{"name": "BorderPad", "spatial_border": 1000000000}])").ends_with("allowed"));
  CHECK(refused(R"([{"name": "DivisiblePad", "k": 1000000000}])").ends_with("allowed"));
}

TEST_CASE("an affine that does not span space is refused") {
  Volume volume = counting({3, 3, 3});
  volume.lps = rows({1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 0, 0});
  for (const char* plan :
       {R"([{"name": "Orientation", "axcodes": "RAS"}])", R"([{"name": "Spacing", "pixdim": 1}])"}) {
    const Error error = error_of(volume, plan);
    CHECK(error.reason() == Reason::bad_header);
    CHECK(error.message().ends_with("the voxel axes do not span space (singular affine)"));
  }
}

TEST_CASE("volumes of one slice go through every resampling step") {
  for (const char* step :
       {R"({"name": "Spacing", "pixdim": 0.7})", R"({"name": "Spacing", "pixdim": 0.7, "mode": 3})",
        R"({"name": "Spacing", "pixdim": 0.7, "mode": 3, "padding_mode": "wrap"})",
        R"({"name": "Spacing", "pixdim": 0.7, "padding_mode": "reflection", "align_corners": true})",
        R"({"name": "Resize", "spatial_size": [3, 3, 2], "mode": "trilinear", "anti_aliasing": true})",
        R"({"name": "Zoom", "zoom": 1.5})", R"({"name": "MaximumProjection", "slab_mm": 5})",
        R"({"name": "CropForeground", "margin": 1})"}) {
    CAPTURE(step);
    CHECK(run(counting({5, 4, 1}), std::string("[") + step + "]").shape.size() == 5);
  }
}

TEST_CASE("torchvision's and TorchXRayVision's steps take rows first, and say so") {
  const Error error = error_of(picture({4, 3, 1}), R"([{"name": "torchvision.Resize", "size": 2}])");
  CHECK(error.reason() == Reason::prepare);
  CHECK(error.message() ==
        "step 1 of the plan (torchvision.Resize): the step takes rows first, and the picture is "
        "in MONAI's order, width first");
  CHECK(error.hint() == R"(put {"name": "Transpose", "indices": [0, 2, 1]} before it)");
  CHECK(
      error_of(counting({4, 3, 2}), R"([{"name": "torchvision.CenterCrop", "size": 2}])").message() ==
      "step 1 of the plan (torchvision.CenterCrop): the step is for pictures, the image has shape [1,4,3,2]");
  CHECK(error_of(picture({4, 3, 1}, 3), R"([{"name": "Transpose", "indices": [0, 2, 1]},
                                             {"name": "torchxrayvision.XRayResizer", "size": 2}])")
            .reason() == Reason::channels);
  CHECK(error_of(picture({4, 3, 1}),
                 R"([{"name": "Transpose", "indices": [0, 2, 1]}, {"name": "ScaleIntensity"},
                     {"name": "torchvision.Resize", "size": 2, "of": "pil"}])")
            .message() ==
        "step 3 of the plan (torchvision.Resize): of: \"pil\" takes stored values of 8 bits, "
        "whole and 0 to 255, and met 0.09090909");
}

TEST_CASE("a flip turns the letters of the axes") {
  const PreparedTensor tensor = run(counting({2, 3, 4}), R"([{"name": "Orientation", "axcodes": "RAS"},
      {"name": "Flip", "spatial_axis": [0, 2]}, {"name": "Rotate90", "spatial_axes": [1, 2]}])");
  CHECK(tensor.axes == "N,C,L,S,A");
}
