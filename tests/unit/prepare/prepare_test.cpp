#include "radbatch/prepare/prepare.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "prepare_helpers.hpp"
#include "radbatch/base/error.hpp"

using namespace radbatch;

TEST_CASE("geometry 1: a non-square picture keeps width before height") {
  // 3 wide, 2 high; the file's rows are 0 1 2 and 3 4 5.
  const PreparedTensor tensor = run(picture({3, 2, 1}), R"([{"name": "LoadImage"}])");
  CHECK(tensor.shape == Shape{1, 1, 3, 2});
  CHECK(tensor.values == Values{0, 3, 1, 4, 2, 5});
  CHECK(tensor.axes == "N,C,i,j");
  const PreparedTensor turned = run(picture({3, 2, 1}), R"([{"name": "Transpose", "indices": [0, 2, 1]}])");
  CHECK(turned.shape == Shape{1, 1, 2, 3});
  CHECK(turned.values == Values{0, 1, 2, 3, 4, 5});
}

TEST_CASE("geometry 2: every voxel of a 2x3x4 volume arrives where it was") {
  const PreparedTensor tensor = run(counting({2, 3, 4}), "[]");
  CHECK(tensor.shape == Shape{1, 1, 2, 3, 4});
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 4; ++k) CHECK(tensor.values[(i * 3 + j) * 4 + k] == i + 2 * (j + 3 * k));
  // LPS identity is flipped twice in RAS: index (0, 0, 0) becomes the last of i and of j.
  const PreparedTensor ras = run(counting({2, 3, 4}), R"([{"name": "Orientation", "axcodes": "RAS"}])");
  CHECK(ras.values[0] == 1 + 2 * 2);
  CHECK(ras.axes == "N,C,R,A,S");
  CHECK(ras.affine_ras == rows({1, 0, 0, -1}, {0, 1, 0, -2}, {0, 0, 1, 0}));
}

TEST_CASE("geometry 3: an oblique volume keeps every voxel's place in the patient") {
  // 30 degrees about x, then axes swapped: i runs to the head and back, j to the left, k to the front.
  const double c = std::cos(M_PI / 6), s = std::sin(M_PI / 6);
  Volume volume = counting({2, 3, 4});
  volume.lps = rows({0, 0.9, 0, 12}, {0.5 * s, 0, -2 * c, -7}, {0.5 * c, 0, 2 * s, 30});
  const PreparedTensor tensor = run(volume, R"([{"name": "Orientation", "axcodes": "RAS"}])");
  CHECK(tensor.shape == Shape{1, 1, 3, 4, 2});
  for (int r = 0; r < 3; ++r) {
    for (int a = 0; a < 4; ++a) {
      for (int h = 0; h < 2; ++h) {
        const int n = static_cast<int>(tensor.values[(r * 4 + a) * 2 + h]);
        const double i = n % 2, j = n / 2 % 3, k = n / 6;
        for (int row = 0; row < 3; ++row) {
          const auto& from = volume.lps.m[row];
          const auto& to = tensor.affine_ras.m[row];
          const double lps = from[0] * i + from[1] * j + from[2] * k + from[3];
          CHECK(to[0] * r + to[1] * a + to[2] * h + to[3] == doctest::Approx(row < 2 ? -lps : lps));
        }
      }
    }
  }
}

TEST_CASE("spacing by hand: 1 mm to 2 mm takes every other voxel") {
  const PreparedTensor tensor = run(counting({5, 1, 1}), R"([{"name": "Spacing", "pixdim": [2, 1, 1]}])");
  CHECK(tensor.values == Values{0, 2, 4});
  CHECK(tensor.affine_ras.spacing(0) == 2);
}

TEST_CASE("slices become items, one per index, with their own affine") {
  Volume volume = counting({2, 3, 4});
  volume.lps = rows({-1, 0, 0, 0}, {0, -1, 0, 0}, {0, 0, 5, 100});
  const PreparedTensor tensor = run(volume, R"([{"name": "ExtractSlices", "axis": 2, "from": 1, "to": 3}])");
  CHECK(tensor.shape == Shape{2, 1, 2, 3});
  CHECK(tensor.values == Values{6, 8, 10, 7, 9, 11, 12, 14, 16, 13, 15, 17});
  CHECK(tensor.affine_ras == rows({1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 5, 105}));
  const PreparedTensor across = run(volume, R"([{"name": "ExtractSlices", "axis": 0}])");
  CHECK(across.shape == Shape{2, 1, 3, 4});
  CHECK(across.values[1] == 6);
  CHECK(across.axes == "N,C,j,k");
}

TEST_CASE("frames are items, and their slices too") {
  CHECK(run(counting({2, 3, 1}, 1, 4), "[]").shape == Shape{4, 1, 2, 3, 1});
  const PreparedTensor tensor = run(counting({2, 3, 2}, 1, 2), R"([{"name": "ExtractSlices"}])");
  CHECK(tensor.shape == Shape{4, 1, 2, 3});
  CHECK(tensor.values[3 * 6] == 18);
}

TEST_CASE("steps after ExtractSlices see one slice at a time") {
  const PreparedTensor tensor =
      run(counting({2, 2, 2}), R"([{"name": "ExtractSlices"}, {"name": "ScaleIntensity"}])");
  const float third = 1.0f / 3.0f, two = 2.0f / 3.0f;
  CHECK(tensor.values == Values{0, two, third, 1, 0, two, third, 1});
}

TEST_CASE("a picture is one item for ExtractSlices, and colour becomes grey as in PIL") {
  Volume volume = make_volume({1, 2, 1}, 3, 1, SampleType::uint8);
  volume.dims = 2;
  const std::array<std::uint8_t, 6> rgb{255, 0, 0, 10, 200, 30};
  std::copy(rgb.begin(), rgb.end(), volume.samples.as<std::uint8_t>().begin());
  const PreparedTensor tensor = run(volume, R"([{"name": "ExtractSlices"}, {"name": "Grayscale"}])");
  CHECK(tensor.shape == Shape{1, 1, 1, 2});
  CHECK(tensor.values == Values{76, 124});
}

TEST_CASE("the trace tells shape and spacing after every step") {
  const PreparedTensor tensor =
      run(counting({4, 4, 3}),
          R"([{"name": "Spacing", "pixdim": [3, 1, 1]}, {"name": "ExtractSlices", "axis": 0}])");
  CHECK(tensor.trace.dump() ==
        R"([{"name":"volume","shape":[1,4,4,3],"spacing_mm":[1.0,1.0,1.0]},)"
        R"({"name":"Spacing","shape":[1,2,4,3],"spacing_mm":[3.0,1.0,1.0]},)"
        R"({"items":2,"name":"ExtractSlices","shape":[1,4,3],"spacing_mm":[1.0,1.0]}])");
}

TEST_CASE("a volume's samples are not changed by its preparation") {
  const Volume volume = counting({2, 3, 4});
  const std::string plan = R"([{"name": "ScaleIntensityRange", "a_min": 0, "a_max": 2}])";
  CHECK(run(volume, plan).values == run(volume, plan).values);
}

TEST_CASE("percentiles change from torch's to numpy's arithmetic above a million values, as MONAI's do") {
  const auto outlier_after = [](std::array<std::int64_t, 3> size) {
    Volume volume = make_volume(size, 1, 1, SampleType::uint16);
    const auto samples = volume.samples.as<std::uint16_t>();
    std::fill(samples.begin(), samples.end(), std::uint16_t{0});
    samples[0] = samples[1] = 1000;
    return run(volume,
               R"([{"name": "ScaleIntensityRangePercentiles", "lower": 0, "upper": 99.9999, "b_min": 0,
                            "b_max": 1}])")
        .values[0];
  };
  // Both numbers are MONAI's; one arithmetic for both sizes would give 1.0 for the first.
  CHECK(outlier_after({1000, 1000, 1}) == doctest::Approx(1.0134565830230713).epsilon(1e-7));
  CHECK(outlier_after({61681, 17, 1}) == doctest::Approx(1.051056146621704).epsilon(1e-7));
}

TEST_CASE("a sheared grid is refused where it would be resampled, and only there") {
  Volume volume = counting({3, 3, 3});
  volume.lps = rows({1, 0, 0, 0}, {0, 1, 0.5, 0}, {0, 0, 2, 0});
  const Error error =
      error_of(volume, R"([{"name": "Orientation", "axcodes": "RAS"}, {"name": "Spacing", "pixdim": 1}])");
  CHECK(error.reason() == Reason::gantry_tilt);
  CHECK(error.message() ==
        "step 2 of the plan (Spacing): the grid is sheared: index axes 1 and 2 are 104.04 degrees apart");
  CHECK(run(volume, R"([{"name": "Resize", "spatial_size": [2, 2, 2]}])").shape == Shape{1, 1, 2, 2, 2});
}

TEST_CASE("NaN and infinity are refused, in the image and after the plan") {
  Volume volume = make_volume({2, 1, 1}, 1, 1, SampleType::float32);
  volume.samples.as<float>()[0] = 1;
  volume.samples.as<float>()[1] = std::numeric_limits<float>::quiet_NaN();
  CHECK(error_of(volume, "[]").reason() == Reason::nonfinite);
  CHECK(error_of(volume, "[]").message() == "the image holds a NaN or infinite value");
  volume.samples.as<float>()[1] = 3e38f;
  CHECK(error_of(volume, R"([{"name": "ScaleIntensity", "minv": null, "maxv": null, "factor": 9}])")
            .message() == "the plan made NaN or infinite values of a finite image");
}

TEST_CASE("a step that does not fit the image says what it expected") {
  const auto message = [](const Volume& volume, const std::string& plan) {
    return error_of(volume, plan).message();
  };
  CHECK(message(counting({2, 2, 2}), R"([{"name": "Resize", "spatial_size": [4, 4]}])") ==
        "step 1 of the plan (Resize): spatial_size has 2 values, the image has 3 spatial axes");
  CHECK(
      message(counting({2, 2, 2}), R"([{"name": "Resize", "spatial_size": [4, 4, 4], "mode": "bicubic"}])") ==
      "step 1 of the plan (Resize): mode bicubic is for 2-D images");
  CHECK(message(counting({2, 2, 2}), R"([{"name": "SqueezeDim", "dim": -1}])") ==
        "step 1 of the plan (SqueezeDim): axis 3 has 2 voxels and must have 1");
  CHECK(message(counting({2, 2, 2}), R"([{"name": "Orientation", "axcodes": "RA"}])") ==
        "step 1 of the plan (Orientation): axcodes \"RA\" names 2 axes, the image has 3");
  CHECK(message(picture({2, 2, 1}), R"([{"name": "Orientation", "axcodes": "RS"}])") ==
        "step 1 of the plan (Orientation): the 2-D image has no axis along S");
  CHECK(message(counting({2, 2, 2}), R"([{"name": "ExtractSlices", "from": 5}])") ==
        "step 1 of the plan (ExtractSlices): slices from 5 are wanted, axis 2 has 2");
  CHECK(message(counting({2, 2, 2}),
                R"([{"name": "SpatialPad", "spatial_size": [6, 6, 6], "mode": "reflect"}])") ==
        "step 1 of the plan (SpatialPad): cannot pad an axis of 2 voxels by 2 with this mode");
  const Error channels = error_of(picture({2, 2, 1}, 4), R"([{"name": "Grayscale"}])");
  CHECK(channels.reason() == Reason::channels);
  CHECK(channels.message() ==
        "step 1 of the plan (Grayscale): Grayscale takes 1 or 3 channels, the image has 4");
  CHECK(message(picture({2, 2, 1}, 3), R"([{"name": "ScaleIntensity"}, {"name": "Grayscale"}])") ==
        "step 2 of the plan (Grayscale): Grayscale takes stored colour values, whole and 0 to 65535, and met "
        "0.09090909; put it before the intensity steps");
}

TEST_CASE("UltrasoundRegion keeps the tissue that the header marks") {
  Volume image = picture({4, 3, 1}, 1);
  image.tissue_px = {1, 1, 2, 2};
  const PreparedTensor tensor = run(image, R"([{"name": "UltrasoundRegion"}])");
  const std::vector<float> all = to_float(image);
  CHECK(tensor.shape == std::vector<std::int64_t>{1, 1, 2, 2});
  CHECK(tensor.values == std::vector<float>{all[5], all[9], all[6], all[10]});
  image.tissue_px.reset();
  CHECK(error_of(image, R"([{"name": "UltrasoundRegion"}])").message() ==
        "step 1 of the plan (UltrasoundRegion): the header marks no region of tissue");
  CHECK(run(image, R"([{"name": "UltrasoundRegion", "if_missing": "keep"}])").shape ==
        std::vector<std::int64_t>{1, 1, 4, 3});
}
