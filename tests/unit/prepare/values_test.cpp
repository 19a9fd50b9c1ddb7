// Readers, types, windows and value steps on images small enough to count by hand. MONAI's and torchvision's
// own numbers: parity_test.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/prepare.hpp"

using namespace radbatch;

namespace {

using Shape = std::vector<std::int64_t>;
using Values = std::vector<float>;

template <class T>
Volume picture(std::array<std::int64_t, 2> size, const std::vector<T>& samples, SampleType type,
               int channels = 1) {
  Volume volume = make_volume({size[0], size[1], 1}, channels, 1, type);
  volume.dims = 2;
  volume.has_geometry = false;
  std::copy(samples.begin(), samples.end(), volume.samples.as<T>().begin());
  return volume;
}

Volume floats(const std::vector<float>& samples) {
  return picture<float>({static_cast<std::int64_t>(samples.size()), 1}, samples, SampleType::float32);
}

PreparedTensor run(const Volume& volume, const std::string& steps) {
  return prepare(volume, parse_plan(Json::parse("[" + steps + "]")));
}

Error error_of(const Volume& volume, const std::string& steps) {
  try {
    run(volume, steps);
  } catch (const Error& error) {
    return error;
  }
  return Error(ExitCode::ok, "no error");
}

constexpr float infinity = std::numeric_limits<float>::infinity();
const float not_a_number = std::nanf("");

}  // namespace

TEST_CASE("reading as PIL does without the swap of axes: rows first") {
  const Volume image = picture<std::uint8_t>({3, 2}, {0, 1, 2, 3, 4, 5}, SampleType::uint8);
  const PreparedTensor tensor =
      run(image, R"({"name": "LoadImage", "reader": "PILReader", "reverse_indexing": false})");
  CHECK(tensor.shape == Shape{1, 1, 2, 3});
  CHECK(tensor.values == Values{0, 1, 2, 3, 4, 5});
  CHECK(tensor.affine_ras == Affine{});  // MONAI's pictures have the identity, whichever axis comes first
  CHECK(run(image, R"({"name": "LoadImage", "reader": "PILReader"})").values == Values{0, 3, 1, 4, 2, 5});
}

TEST_CASE("reading as ITK does: pictures lie in LPS, reversed axes in numpy's order") {
  const Volume image = picture<std::uint8_t>({3, 2}, {0, 1, 2, 3, 4, 5}, SampleType::uint8);
  const PreparedTensor turned = run(image, R"({"name": "LoadImage", "reader": "ITKReader"},
                                              {"name": "Orientation", "axcodes": "RA"})");
  CHECK(turned.values == Values{5, 2, 4, 1, 3, 0});
  Volume volume = make_volume({2, 1, 3}, 1, 1, SampleType::uint8);
  for (std::uint8_t i = 0; i < 6; ++i) volume.samples.as<std::uint8_t>()[i] = i;
  const PreparedTensor reversed =
      run(volume, R"({"name": "LoadImage", "reader": "ITKReader", "reverse_indexing": true})");
  CHECK(reversed.shape == Shape{1, 1, 3, 1, 2});
  CHECK(reversed.values == Values{0, 1, 2, 3, 4, 5});
}

TEST_CASE("reading as pydicom does without the swap: rows first, voxels where they were") {
  Volume volume = make_volume({2, 3, 1}, 1, 1, SampleType::uint8);
  for (std::uint8_t i = 0; i < 6; ++i) volume.samples.as<std::uint8_t>()[i] = i;
  volume.lps.m[0] = {0.5, 0, 0, 10};
  const std::string load = R"({"name": "LoadImage", "reader": "PydicomReader", "swap_ij": false})";
  const PreparedTensor tensor = run(volume, load);
  CHECK(tensor.shape == Shape{1, 1, 3, 2, 1});
  CHECK(tensor.values == Values{0, 1, 2, 3, 4, 5});
  CHECK(tensor.affine_ras.spacing(1) == 0.5);
  const std::string orient = R"({"name": "Orientation", "axcodes": "RAS"})";
  CHECK(run(volume, load + "," + orient).values == run(volume, orient).values);
}

TEST_CASE("as_closest_canonical is an orientation while reading") {
  Volume volume = make_volume({2, 3, 1}, 1, 1, SampleType::uint8);
  for (std::uint8_t i = 0; i < 6; ++i) volume.samples.as<std::uint8_t>()[i] = i;
  const PreparedTensor tensor =
      run(volume, R"({"name": "LoadImage", "reader": "NibabelReader", "as_closest_canonical": true})");
  CHECK(tensor.values == run(volume, R"({"name": "Orientation", "axcodes": "RAS"})").values);
  CHECK(tensor.axes == "N,C,R,A,S");
}

TEST_CASE("the frames of a volume are items, or channels where the plan says so") {
  Volume volume = make_volume({2, 1, 1}, 1, 3, SampleType::uint8);
  for (std::uint8_t i = 0; i < 6; ++i) volume.samples.as<std::uint8_t>()[i] = i;
  CHECK(run(volume, R"({"name": "EnsureChannelFirst"})").shape == Shape{3, 1, 2, 1, 1});
  const PreparedTensor tensor = run(volume, R"({"name": "EnsureChannelFirst", "channel_dim": -1})");
  CHECK(tensor.shape == Shape{1, 3, 2, 1, 1});
  CHECK(tensor.values == Values{0, 1, 2, 3, 4, 5});
  CHECK(run(volume, R"({"name": "EnsureChannelFirst", "channel_dim": 3},
                       {"name": "ScaleIntensity", "channel_wise": true})")
            .values == Values{0, 1, 0, 1, 0, 1});
  const Error axis = error_of(volume, R"({"name": "EnsureChannelFirst", "channel_dim": 2})");
  CHECK(axis.reason() == Reason::channels);
  CHECK(axis.message() == "EnsureChannelFirst: channel_dim is 2, the channels of the image are on axis 3");
  CHECK(error_of(floats({1}), R"({"name": "EnsureChannelFirst", "channel_dim": -1})").message() ==
        "EnsureChannelFirst: channel_dim is -1, the image has 2 spatial axes and no channels");
  const Volume colour = picture<std::uint8_t>({1, 1}, {1, 2, 3}, SampleType::uint8, 3);
  CHECK(run(colour, R"({"name": "EnsureChannelFirst", "channel_dim": 2})").shape == Shape{1, 3, 1, 1});
  CHECK(error_of(colour, R"({"name": "EnsureChannelFirst", "channel_dim": "no_channel"})").message() ==
        "EnsureChannelFirst: channel_dim is \"no_channel\", the image has 3 channels");
}

TEST_CASE("NaN and infinity become what the plan says, and the result says so") {
  const Volume image = floats({1, not_a_number, -infinity, 4});
  const PreparedTensor tensor = run(image, R"({"name": "LoadImage", "nonfinite": -7})");
  CHECK(tensor.values == Values{1, -7, -7, 4});
  CHECK(tensor.flags == std::vector<std::string>{"W_NONFINITE_FILLED"});
  CHECK(tensor.trace[0]["nonfinite_filled"] == 2);
  CHECK(run(floats({1, 2}), R"({"name": "LoadImage", "nonfinite": 0})").flags.empty());
  const Error refused = error_of(image, R"({"name": "LoadImage"})");
  CHECK(refused.reason() == Reason::nonfinite);
  CHECK(refused.hint() == "a plan may fill them: {\"name\": \"LoadImage\", \"nonfinite\": 0}");
}

TEST_CASE("casts truncate, wrap and round as torch's do") {
  const auto cast = [](const std::vector<float>& values, const std::string& type) {
    return run(floats(values), R"({"name": "CastToType", "dtype": ")" + type +
                                   R"("}, {"name": "EnsureType", "dtype": "float32"})")
        .values;
  };
  CHECK(cast({-1.9f, -0.5f, 254.9f, 256, 300.7f}, "uint8") == Values{255, 0, 254, 0, 44});
  CHECK(cast({-32769, 40000, 1.5f}, "int16") == Values{32767, -25536, 1});
  CHECK(cast({-1.5f, 1e6f}, "int64") == Values{-1, 1e6f});
  // 2049 lies half-way between two numbers of float16 and goes to the even one; so does 2051.
  CHECK(cast({2049, 2051, 0.1f, 65504}, "float16") == Values{2048, 2052, 0.0999755859375f, 65504});
  CHECK(cast({3e-8f, 6e-8f}, "float16") == Values{5.9604645e-08f, 5.9604645e-08f});
  CHECK(cast({257, 0.1f}, "bfloat16") == Values{256, 0.10009765625f});
  CHECK(error_of(floats({70000}), R"({"name": "CastToType", "dtype": "float16"},
                                     {"name": "EnsureType", "dtype": "float32"})")
            .message() == "step 1 of the plan (CastToType): 70000 is beyond float16, which ends at 65504");
}

TEST_CASE("a window maps by the functions of DICOM") {
  const auto window = [](const std::vector<float>& values, const std::string& parameters) {
    return run(floats(values), R"({"name": "WindowLevel", )" + parameters + "}").values;
  };
  // PS3.3 C.11.2.1.2.1: center 2048, width 4096 takes 0 to 4095 to the whole range.
  CHECK(window({-1, 0, 2047.5f, 4095, 5000}, R"("center": 2048, "width": 4096, "b_max": 255)") ==
        Values{0, 0, 127.5f, 255, 255});
  CHECK(window({0, 10, 50, 90, 99}, R"("center": 50, "width": 80, "function": "linear_exact")") ==
        Values{0, 0, 0.5f, 1, 1});
  CHECK(window({50}, R"("center": 50, "width": 80, "function": "sigmoid", "b_min": -1)") == Values{0});
  // A width of 1 is a threshold at center - 0.5.
  CHECK(window({49, 49.5f, 50}, R"("center": 50, "width": 1)") == Values{0, 0, 1});
}

TEST_CASE("several windows become channels") {
  const PreparedTensor tensor =
      run(floats({0, 40, 80}), R"({"name": "WindowLevel", "function": "linear_exact",
      "windows": ["brain", {"center": 80, "width": 160}]})");
  CHECK(tensor.shape == Shape{1, 2, 3, 1});
  CHECK(tensor.values == Values{0, 0.5f, 1, 0, 0.25f, 0.5f});
  const Volume colour = picture<std::uint8_t>({1, 1}, {1, 2, 3}, SampleType::uint8, 3);
  CHECK(error_of(colour, R"({"name": "WindowLevel", "windows": ["brain", "bone"]})").reason() ==
        Reason::channels);
}

TEST_CASE("the header's windows, by place or by name") {
  Volume image = floats({0, 50, 100});
  CHECK(error_of(image, R"({"name": "WindowLevel", "windows": "header"})").message() ==
        "step 1 of the plan (WindowLevel): the file has no DICOM window");
  image.display.emplace();
  image.display->function = VoiFunction::linear_exact;
  image.display->windows = {{50, 100, "Soft"}, {50, 200, "Wide"}};
  CHECK(run(image, R"({"name": "WindowLevel", "windows": "header"})").values == Values{0, 0.5f, 1});
  CHECK(run(image, R"({"name": "WindowLevel", "windows": {"header": "WIDE"}})").values ==
        Values{0.25f, 0.5f, 0.75f});
  CHECK(error_of(image, R"({"name": "WindowLevel", "windows": {"header": "BONE"}})").message() ==
        "step 1 of the plan (WindowLevel): the header has 2 windows, none named BONE");
}

TEST_CASE("torchvision divides 8-bit pictures and no others") {
  const Volume image = picture<std::uint8_t>({2, 1}, {51, 255}, SampleType::uint8);
  CHECK(run(image, R"({"name": "torchvision.ToTensor"})").values == Values{0.2f, 1});
  CHECK(run(image, R"({"name": "torchvision.ToDtype", "scale": true})").values ==
        Values{51 * static_cast<float>(1.0 / 255), 1});
  CHECK(run(image, R"({"name": "torchvision.ToDtype"})").values == Values{51, 255});
  CHECK(run(image, R"({"name": "torchvision.ToTensor"}, {"name": "torchvision.Grayscale",
                       "num_output_channels": 3})")
            .shape == Shape{1, 3, 2, 1});
  const Volume wide = picture<std::uint16_t>({1, 1}, {4000}, SampleType::uint16);
  CHECK(error_of(wide, R"({"name": "torchvision.ToTensor"})").reason() == Reason::range);
  CHECK(error_of(image, R"({"name": "torchvision.Normalize", "mean": [1, 2, 3], "std": [1, 1, 1]})")
            .message() ==
        "step 1 of the plan (torchvision.Normalize): mean has 3 values, the image has 1 channels");
}

TEST_CASE("TorchXRayVision's range, by number or by BitsStored") {
  Volume image = picture<std::uint16_t>({3, 1}, {0, 2047, 4095}, SampleType::uint16);
  const std::string by_header = R"({"name": "torchxrayvision.normalize", "maxval": "bits-stored"})";
  CHECK(error_of(image, by_header)
            .message()
            .starts_with("step 1 of the plan (torchxrayvision.normalize): maxval "
                         "is \"bits-stored\", and no BitsStored"));
  image.display.emplace();
  image.display->largest_stored = 4095;
  const PreparedTensor tensor = run(image, by_header);
  CHECK(tensor.values == run(image, R"({"name": "torchxrayvision.normalize", "maxval": 4095})").values);
  CHECK(tensor.values[0] == -1024);
  CHECK(tensor.values[2] == 1024);
  const Error beyond = error_of(image, R"({"name": "torchxrayvision.normalize", "maxval": 255})");
  CHECK(beyond.reason() == Reason::range);
  CHECK(beyond.message() ==
        "step 1 of the plan (torchxrayvision.normalize): the largest value is 4095, maxval is 255");
}

TEST_CASE("constant and empty images keep to MONAI's definitions") {
  const Volume constant = floats({3, 3, 3, 3});
  CHECK(run(constant, R"({"name": "ClipIntensityPercentiles", "lower": 5, "upper": 95})").values ==
        Values{3, 3, 3, 3});
  CHECK(run(constant, R"({"name": "AdjustContrast", "gamma": 2, "retain_stats": true})").values ==
        Values{3, 3, 3, 3});
  const Volume empty = floats({0, 0, 0});
  CHECK(run(empty, R"({"name": "NormalizeIntensity", "nonzero": true})").values == Values{0, 0, 0});
  CHECK(run(empty, R"({"name": "NormalizeIntensity", "nonzero": true, "channel_wise": true})").values ==
        Values{0, 0, 0});
  // One voxel has no sample deviation: torch makes NaN of it.
  CHECK(error_of(floats({2}), R"({"name": "AdjustContrast", "gamma": 2, "retain_stats": true})").reason() ==
        Reason::nonfinite);
}
