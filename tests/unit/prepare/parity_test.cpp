// Our numbers against MONAI's, from the golden files of tests/parity. `unit-prepare -s -tc=parity*` prints
// the largest difference of every case.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "radbatch/model/plan_images.hpp"
#include "radbatch/prepare/several.hpp"

using namespace radbatch;

namespace {

std::vector<float> decode_base64(const std::string& text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<unsigned char> bytes;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    const auto at = digits.find(c);
    if (at == std::string_view::npos) continue;
    bits = bits << 6 | static_cast<unsigned>(at);
    if ((held += 6) < 8) continue;
    held -= 8;
    bytes.push_back(static_cast<unsigned char>(bits >> held));
  }
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

/// The formula of make_golden.py for the n-th value in C order of (channel, i, j, k).
float input_value(const Json& formula, std::uint64_t n) {
  if (formula.contains("count")) return static_cast<float>(n);
  const std::uint64_t mixed = (n * 2654435761u + 12345u) & 0xFFFFFFFFu;
  if (formula.contains("zeros") && (mixed >> 7) % 3 == 0) return 0;
  const auto base = static_cast<float>((mixed >> 12) % formula["modulus"].get<std::uint64_t>());
  return base * formula["scale"].get<float>() + formula["offset"].get<float>();
}

/// False for what lies outside the box of spatial index ranges that the formula may name.
bool in_box(const Json& formula, std::array<std::int64_t, 3> at) {
  if (!formula.contains("box")) return true;
  for (std::size_t a = 0; a < 3; ++a)
    if (at[a] < formula["box"][a][0] || at[a] >= formula["box"][a][1]) return false;
  return true;
}

template <class T>
void fill(Volume& volume, const Json& formula) {
  const auto& [ni, nj, nk] = volume.size;
  // The first axis of the formula is the channel or the frame; one of the two has size 1.
  const std::int64_t channel_step = 1, frame_step = volume.voxels();
  std::uint64_t n = 0;
  for (std::int64_t c = 0; c < volume.channels * volume.frames; ++c)
    for (std::int64_t i = 0; i < ni; ++i)
      for (std::int64_t j = 0; j < nj; ++j)
        for (std::int64_t k = 0; k < nk; ++k)
          volume.samples.as<T>()[c * (volume.frames > 1 ? frame_step : channel_step) +
                                 volume.channels * (i + ni * (j + nj * k))] =
              static_cast<T>(in_box(formula, {i, j, k}) ? input_value(formula, n) : 0),
                                                                       ++n;
}

Volume make_input(const Json& spec) {
  const auto shape = spec["shape"].get<std::vector<std::int64_t>>();
  const std::map<std::string, SampleType> types{{"uint8", SampleType::uint8},
                                                {"int16", SampleType::int16},
                                                {"uint16", SampleType::uint16},
                                                {"float32", SampleType::float32}};
  const SampleType type = types.at(spec["type"]);
  const bool is_film = spec.contains("frames");
  Volume volume = make_volume({shape[1], shape[2], shape.size() > 3 ? shape[3] : 1},
                              is_film ? 1 : static_cast<int>(shape[0]), is_film ? shape[0] : 1, type);
  volume.dims = static_cast<int>(shape.size()) - 1;
  volume.has_geometry = !spec["affine_ras"].is_null();
  if (volume.has_geometry) volume.lps = lps_to_ras(Affine{spec["affine_ras"].get<decltype(Affine::m)>()});
  switch (type) {
    case SampleType::uint8:
      fill<std::uint8_t>(volume, spec["values"]);
      break;
    case SampleType::int16:
      fill<std::int16_t>(volume, spec["values"]);
      break;
    case SampleType::uint16:
      fill<std::uint16_t>(volume, spec["values"]);
      break;
    default:
      fill<float>(volume, spec["values"]);
  }
  return volume;
}

/// Largest difference from the golden values, as a fraction of their range.
double largest_difference(const PreparedTensor& tensor, const Json& golden) {
  const std::vector<float> wanted = decode_base64(golden["values"]);
  const auto stride = golden["stride"].get<std::size_t>();
  REQUIRE(wanted.size() == (tensor.values.size() + stride - 1) / stride);
  double largest = 0;
  for (std::size_t n = 0; n < wanted.size(); ++n)
    largest = std::max(largest, std::abs(static_cast<double>(tensor.values.at(n * stride)) - wanted[n]));
  return largest / golden["range"].get<double>();
}

double affine_difference(const Affine& affine, const Json& wanted) {
  double largest = 0;
  for (std::size_t row = 0; row < 4; ++row)
    for (std::size_t c = 0; c < 4; ++c)
      largest = std::max(largest, std::abs(affine.m[row][c] - wanted[row][c].get<double>()));
  return largest;
}

/// Fused execution multiplies the weights of consecutive steps and rounds them to float32.
double tolerance_for(double golden, const PrepareOptions& options) {
  return options.reference || golden == 0 ? golden : std::max(golden, 5e-6);
}

PreparedTensor run(const Json& golden, const Json& inputs, const PrepareOptions& options) {
  Plan plan = parse_plan(golden["plan"]);
  if (golden.contains("input")) return prepare(make_input(inputs[golden["input"]]), plan, options);
  std::vector<NamedVolume> images;
  std::vector<std::string> names;
  for (const auto& [name, input] : golden["inputs"].items()) {
    images.push_back({name, make_input(inputs[input])});
    names.push_back(name);
  }
  bind_images(plan, names);
  return prepare_several(std::move(images), plan, options);
}

void compare_group(const std::string& group, const PrepareOptions& options) {
  const Json file = read_json_file(std::filesystem::path(RADBATCH_PARITY_DATA) / (group + ".json"));
  REQUIRE(file["cases"].size() > 0);
  for (const Json& golden : file["cases"]) {
    const std::string title =
        golden.value("input", golden.value("inputs", Json()).dump()) + " " + golden["plan"].dump();
    CAPTURE(title);
    const PreparedTensor tensor = run(golden, file["inputs"], options);
    REQUIRE(tensor.shape == golden["shape"].get<std::vector<std::int64_t>>());
    const double difference = largest_difference(tensor, golden);
    const std::string line = fmt::format("{:9.2e} of range  {}", difference, title);
    CHECK_MESSAGE(difference <= tolerance_for(golden["tolerance"].get<double>(), options), line);
    if (!golden["affine_ras"].is_null())
      CHECK(affine_difference(tensor.affine_ras, golden["affine_ras"]) < 1e-9);
  }
}

/// Both executors.
void compare_group(const std::string& group) {
  compare_group(group, {});
  compare_group(group, {.reference = true});
}

}  // namespace

TEST_CASE("parity with MONAI: orientation, crops, pads, channels, slices") {
  compare_group("arrange");
}
TEST_CASE("parity with MONAI: intensity") {
  compare_group("intensity");
}
TEST_CASE("parity with MONAI: thresholds, percentiles, histograms, types") {
  compare_group("values");
}
TEST_CASE("parity with MONAI: readers") {
  compare_group("readers");
}
TEST_CASE("parity with torchvision, TorchXRayVision and pydicom") {
  compare_group("libraries");
}
TEST_CASE("parity with MONAI: spacing") {
  compare_group("spacing");
}
TEST_CASE("parity with MONAI: resize") {
  compare_group("resize");
}
TEST_CASE("parity with MONAI: Spacing's splines, those of scipy.ndimage") {
  compare_group("spline");
}
TEST_CASE("parity with MONAI: Spacing's other parameters") {
  compare_group("spacing_more");
}
TEST_CASE("parity with MONAI: anti-aliasing, float64 and Zoom") {
  compare_group("resize_more");
}
TEST_CASE("parity with MONAI: flips, turns, pads, crops, and our projection") {
  compare_group("arrange_more");
}
TEST_CASE("parity with torchvision, Pillow and TorchXRayVision") {
  compare_group("pictures");
}
TEST_CASE("parity with MONAI: chains of the model zoo") {
  compare_group("chains");
}
TEST_CASE("parity: chains of classifiers") {
  compare_group("chains_more");
}

TEST_CASE("parity with MONAI: several images") {
  compare_group("several");
}
