#include "radbatch/model/golden.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "example_bundle.hpp"
#include "radbatch/base/hash.hpp"

using namespace radbatch;
using radbatch::testing::BundleFolder;
using radbatch::testing::example_sidecar;
using radbatch::testing::message_of;

namespace {

/// What numpy.save writes (format version 1).
std::string npy(const std::string& header, const std::vector<float>& values) {
  std::string padded = header;
  while ((padded.size() + 11) % 64 != 0) padded += ' ';
  padded += '\n';
  std::string bytes = std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(padded.size() & 0xFF) +
                      static_cast<char>(padded.size() >> 8) + padded;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return bytes;
}

const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";

std::string refusal(const std::string& content) {
  const BundleFolder folder;
  folder.write("x.npy", content);
  const std::string text = message_of([&] { read_npy(folder.path / "x.npy"); });
  return text.substr(std::min(text.find("x.npy"), text.size()));
}

Json with_golden(const std::string& tensor, const Json& output) {
  Json sidecar = example_sidecar();
  sidecar["golden"] = Json::array({{{"tensor", "golden/a.npy"},
                                    {"tensor_sha256", sha256_hex(tensor)},
                                    {"output", {{"0", output}}},
                                    {"tolerance", 0.001}}});
  return sidecar;
}

std::string found(const std::vector<float>& values, const std::string& output = "0") {
  const std::string tensor = npy(header, {1, 2});
  const BundleFolder folder(with_golden(tensor, {{0.25, 0.5, 0.25}}));
  folder.write("golden/a.npy", tensor);
  const Golden golden = load_golden(load_bundle(folder.path)).at(0);
  const HeadOutput given{output, 1, static_cast<std::int64_t>(values.size()), values};
  return message_of([&] { check_golden(golden, {&given, 1}); });
}

}  // namespace

TEST_CASE("a .npy file is read with its shape") {
  const BundleFolder folder;
  folder.write("x.npy", npy(header, {1.5f, -2}));
  const FloatArray array = read_npy(folder.path / "x.npy");
  CHECK(array.shape == std::vector<std::int64_t>{1, 2});
  CHECK(array.values == std::vector<float>{1.5f, -2});
}

TEST_CASE("other .npy files are refused by what is wrong") {
  CHECK(refusal("PK") == "x.npy is no .npy file");
  CHECK(refusal(npy(header, {1})) == "x.npy has 4 bytes of values, 8 expected");
  CHECK(refusal(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", {1, 2})) ==
        "x.npy is not of float32 ('<f4')");
  CHECK(refusal(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }", {1, 2})) ==
        "x.npy is not in C order");
  CHECK(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9999999, 9999999), }", {1})) ==
        "x.npy has a bad shape");
  CHECK(refusal(npy(header, {1, 2}).substr(0, 20)) == "x.npy is truncated");
}

TEST_CASE("a golden entry is loaded with its tensor, outputs and tolerance") {
  const std::string tensor = npy(header, {1, 2});
  const BundleFolder folder(with_golden(tensor, {{0.25, 0.5, 0.25}}));
  folder.write("golden/a.npy", tensor);
  const Golden golden = load_golden(load_bundle(folder.path)).at(0);
  CHECK(golden.name == "a");
  CHECK(golden.tensor.values == std::vector<float>{1, 2});
  CHECK(golden.outputs[0].expected.shape == std::vector<std::int64_t>{1, 3});
  CHECK(golden.tolerance == 0.001);
}

TEST_CASE("a golden tensor with another digest refuses the model") {
  const BundleFolder folder(with_golden("other", {{0, 0, 0}}));
  folder.write("golden/a.npy", npy(header, {1, 2}));
  const std::string text = message_of([&] { load_golden(load_bundle(folder.path)); });
  CHECK(text.ends_with("golden/a.npy has not the declared SHA-256"));
}

TEST_CASE("ragged expected outputs are refused") {
  const std::string tensor = npy(header, {1, 2});
  const BundleFolder folder(with_golden(tensor, {{0, 0}, {0}}));
  folder.write("golden/a.npy", tensor);
  CHECK(message_of([&] { load_golden(load_bundle(folder.path)); }) ==
        "golden output '0' of a must be a rectangular array of numbers");
}

TEST_CASE("outputs within the tolerance pass, others say where they differ") {
  CHECK(found({0.2505f, 0.5f, 0.2495f}) == "no error");
  CHECK(found({0.25f, 0.52f, 0.23f}) ==
        "golden 'a': output '0' value 1 is 0.52, 0.5 expected (tolerance 0.001)");
  CHECK(found({0.25f, std::numeric_limits<float>::quiet_NaN(), 0.25f}) ==
        "golden 'a': output '0' value 1 is nan, 0.5 expected (tolerance 0.001)");
  CHECK(found({0.25f, 0.75f}) ==
        "golden 'a': output '0' has 1 items and 2 values; 1 items and 3 values expected");
  CHECK(found({0, 0, 0}, "1") == "golden 'a': the network gave no output '0'");
}

TEST_CASE(
    "a golden entry may prove the preparation alone, with a tolerance of 1e-5 of its range unless stated") {
  const std::string tensor = npy(header, {1, 3});
  Json sidecar = example_sidecar();
  sidecar["golden"] = Json::array(
      {{{"input", "golden/a.png"}, {"tensor", "golden/a.npy"}, {"tensor_sha256", sha256_hex(tensor)}}});
  const auto golden_of = [&](const Json& json) {
    const BundleFolder folder(json);
    folder.write("golden/a.npy", tensor);
    return load_golden(load_bundle(folder.path)).at(0);
  };
  const Golden golden = golden_of(sidecar);
  CHECK(golden.outputs.empty());
  CHECK(golden.tensor_tolerance == doctest::Approx(2e-5));
  CHECK(golden.input.filename() == "a.png");
  sidecar["golden"][0]["tensor_tolerance"] = 0.5;
  CHECK(golden_of(sidecar).tensor_tolerance == 0.5);
  sidecar["golden"][0]["tensor_tolerance"] = -1;
  CHECK(message_of([&] { golden_of(sidecar); }).find("tensor_tolerance must be 0 or more") !=
        std::string::npos);
  sidecar["golden"][0].erase("input");
  CHECK(message_of([&] { golden_of(sidecar); }) != "no error");
}

TEST_CASE(
    "the difference of a prepared tensor is the largest absolute one; NaN and other shapes do not pass") {
  Golden golden;
  golden.name = "a";
  golden.tensor = {{1, 2}, {1, 3}};
  CHECK(tensor_difference(golden, {1, 2}, std::vector<float>{1, 3}) == 0);
  CHECK(tensor_difference(golden, {1, 2}, std::vector<float>{0.5, 3.25}) == 0.5);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(std::isnan(tensor_difference(golden, {1, 2}, std::vector<float>{nan, 3})));
  CHECK(message_of([&] {
          tensor_difference(golden, {2, 1}, std::vector<float>{1, 3});
        }) == "golden 'a': the prepared tensor has the shape [2, 1], [1, 2] expected");
}
