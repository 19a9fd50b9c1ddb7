// The fused executor against the reference: random geometry, sample type and chain of steps. A failing case
// prints its seed; RADBATCH_FUSED_SEED=n runs that one alone.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

#include "radbatch/base/error.hpp"
#include "radbatch/prepare/explain.hpp"
#include "radbatch/prepare/prepare.hpp"

using namespace radbatch;

namespace {

/// Draws that are the same on every platform.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  double real(double low, double high) {
    return low + (high - low) * static_cast<double>(engine_() >> 11) / 9007199254740992.0;
  }
  bool chance(int percent) { return whole(0, 99) < percent; }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[whole(0, static_cast<std::int64_t>(values.size()) - 1)];
  }

 private:
  std::mt19937_64 engine_;
};

Affine random_geometry(Draw& draw) {
  std::array<int, 3> axes{0, 1, 2};
  for (int a = 2; a > 0; --a) std::swap(axes[a], axes[static_cast<int>(draw.whole(0, a))]);
  Affine affine;
  affine.m = {};
  affine.m[3][3] = 1;
  for (int a = 0; a < 3; ++a) {
    const double spacing = draw.chance(30) ? draw.one_of({1.0, 0.5, 2.0}) : draw.real(0.4, 3);
    affine.m[axes[a]][a] = draw.chance(50) ? spacing : -spacing;
    affine.m[a][3] = draw.real(-100, 100);
  }
  if (draw.chance(40)) {
    const double x = draw.real(-0.6, 0.6), z = draw.real(-0.6, 0.6);
    const Affine about_x{
        {{{1, 0, 0, 0}, {0, std::cos(x), -std::sin(x), 0}, {0, std::sin(x), std::cos(x), 0}, {0, 0, 0, 1}}}};
    const Affine about_z{
        {{{std::cos(z), -std::sin(z), 0, 0}, {std::sin(z), std::cos(z), 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}}};
    affine = multiply(about_x, multiply(about_z, affine));
  }
  return affine;
}

template <class T>
void fill(Volume& volume, Draw& draw, double low, double high) {
  const bool is_constant = draw.chance(5);
  const bool has_blank = draw.chance(30);
  for (T& v : volume.samples.as<T>()) {
    v = static_cast<T>(draw.real(low, high));
    if (has_blank && draw.chance(40)) v = static_cast<T>(low);
  }
  if (is_constant) std::fill_n(volume.samples.as<T>().begin(), volume.count(), static_cast<T>(high / 3));
}

Volume random_volume(Draw& draw) {
  const bool picture = draw.chance(25);
  const auto side = [&] {
    return draw.chance(10) ? draw.whole(1, 3) : draw.whole(3, draw.chance(10) ? 70 : 24);
  };
  const int channels = static_cast<int>(draw.one_of({1, 1, 1, 2, 3}));
  const std::int64_t frames = draw.chance(15) ? 2 : 1;
  const auto type = static_cast<SampleType>(draw.whole(0, 4));
  Volume volume = make_volume({side(), side(), picture ? 1 : side()}, channels, frames, type);
  volume.dims = picture ? 2 : 3;
  volume.has_geometry = !picture || draw.chance(30);
  volume.lps = random_geometry(draw);
  switch (type) {
    case SampleType::uint8:
      fill<std::uint8_t>(volume, draw, 0, 255);
      break;
    case SampleType::int16:
      fill<std::int16_t>(volume, draw, -1024, 3071);
      break;
    case SampleType::uint16:
      fill<std::uint16_t>(volume, draw, 0, 65535);
      break;
    case SampleType::int32:
      fill<std::int32_t>(volume, draw, -70000, 70000);
      break;
    case SampleType::float32:
      fill<float>(volume, draw, -2, 2);
  }
  return volume;
}

Json sizes(Draw& draw, int dims) {
  Json list = Json::array();
  for (int a = 0; a < dims; ++a) list.push_back(draw.chance(10) ? -1 : draw.whole(1, 40));
  return list;
}

Json random_orientation(Draw& draw, int dims) {
  std::vector<std::string> letters{draw.one_of<std::string>({"L", "R"}),
                                   draw.one_of<std::string>({"P", "A"})};
  if (dims == 3) letters.push_back(draw.one_of<std::string>({"I", "S"}));
  for (std::size_t a = letters.size() - 1; a > 0; --a)
    std::swap(letters[a], letters[static_cast<std::size_t>(draw.whole(0, static_cast<std::int64_t>(a)))]);
  std::string codes;
  for (const std::string& letter : letters) codes += letter;
  return {{"name", "Orientation"}, {"axcodes", codes}};
}

Json random_spacing(Draw& draw, int dims) {
  Json pixdim = Json::array();
  for (int a = 0; a < dims; ++a)
    pixdim.push_back(draw.chance(10) ? -1.0 : draw.chance(30) ? 1.0 : draw.real(0.5, 3));
  return {{"name", "Spacing"},
          {"pixdim", pixdim},
          {"mode", draw.chance(75) ? "bilinear" : "nearest"},
          {"padding_mode", draw.chance(80) ? "border" : "zeros"},
          {"align_corners", draw.chance(30)},
          {"diagonal", dims == 3 && draw.chance(40)}};
}

Json random_pad(Draw& draw, int dims, const char* name) {
  const auto mode =
      draw.one_of<std::string>({"constant", "constant", "edge", "reflect", "symmetric", "wrap"});
  Json step{{"name", name},
            {"spatial_size", sizes(draw, dims)},
            {"method", draw.chance(70) ? "symmetric" : "end"},
            {"mode", mode}};
  if (mode == "constant" && draw.chance(40)) step["value"] = draw.real(-50, 50);
  return step;
}

Json random_resize(Draw& draw, int dims) {
  const std::string linear = dims == 2 ? "bilinear" : "trilinear";
  const std::string mode = draw.one_of<std::string>(
      {"area", "area", linear, linear, "nearest", "nearest-exact", dims == 2 ? "bicubic" : linear});
  Json step{{"name", "Resize"}, {"spatial_size", sizes(draw, dims)}, {"mode", mode}};
  if ((mode == linear || mode == "bicubic") && draw.chance(40)) step["align_corners"] = draw.chance(50);
  return step;
}

Json random_value_step(Draw& draw, bool mixes) {
  switch (draw.whole(0, 5)) {
    case 0:
      return {{"name", "ScaleIntensity"}, {"channel_wise", draw.chance(50)}};
    case 1:
      // A value that a mixture makes exactly 0 in one arithmetic and nearly 0 in another may differ.
      return {{"name", "NormalizeIntensity"},
              {"nonzero", !mixes && draw.chance(50)},
              {"channel_wise", draw.chance(50)}};
    case 2:
      return {
          {"name", "NormalizeIntensity"}, {"subtrahend", draw.real(-1, 1)}, {"divisor", draw.real(0.5, 2)}};
    case 3:
      return {{"name", "ScaleIntensityRangePercentiles"},
              {"lower", draw.real(0, 20)},
              {"upper", draw.real(80, 100)},
              {"b_min", 0},
              {"b_max", 1},
              {"clip", draw.chance(50)},
              {"channel_wise", draw.chance(50)}};
    case 4:
      return {
          {"name", "ScaleIntensity"}, {"minv", nullptr}, {"maxv", nullptr}, {"factor", draw.real(-0.5, 1)}};
    default:
      return {{"name", "ScaleIntensityRange"}, {"a_min", draw.real(-200, 0)}, {"a_max", draw.real(1, 300)},
              {"b_min", draw.real(-1, 0)},     {"b_max", draw.real(0.5, 2)},  {"clip", draw.chance(60)}};
  }
}

struct Chain {
  Json steps = Json::array();
  bool mixes = false;  ///< some value is computed from several
};

Chain random_chain(Draw& draw, const Volume& volume) {
  Chain chain;
  int dims = volume.dims;
  bool sliced = false;
  const std::int64_t count = draw.whole(1, 6);
  for (std::int64_t n = 0; n < count; ++n) {
    const std::int64_t kind = draw.whole(0, 11);
    if (kind <= 1) chain.steps.push_back(random_orientation(draw, dims));
    if (kind == 2 || kind == 3) chain.steps.push_back(random_spacing(draw, dims));
    if (kind == 4) chain.steps.push_back(random_resize(draw, dims));
    if (kind == 5) chain.steps.push_back({{"name", "CenterSpatialCrop"}, {"roi_size", sizes(draw, dims)}});
    if (kind == 6) chain.steps.push_back(random_pad(draw, dims, "SpatialPad"));
    if (kind == 7) chain.steps.push_back(random_pad(draw, dims, "ResizeWithPadOrCrop"));
    if (kind == 8) chain.steps.push_back({{"name", "RepeatChannel"}, {"repeats", 2}});
    if (kind == 9 && !sliced && dims == 3) {
      chain.steps.push_back({{"name", "ExtractSlices"}, {"axis", draw.whole(0, 2)}});
      sliced = true;
      dims = 2;
    }
    if (kind >= 10) chain.steps.push_back(random_value_step(draw, chain.mixes));
    if (chain.steps.empty()) continue;
    const std::string mode = chain.steps.back().value("mode", "");
    chain.mixes =
        chain.mixes || mode == "bilinear" || mode == "trilinear" || mode == "bicubic" || mode == "area";
  }
  if (draw.chance(15))
    chain.steps.push_back({{"name", "Transpose"}, {"indices", dims == 3 ? Json{0, 3, 1, 2} : Json{0, 2, 1}}});
  return chain;
}

struct Outcome {
  PreparedTensor tensor;
  std::string error;
};

Outcome outcome_of(const Volume& volume, const Plan& plan, const PrepareOptions& options) {
  try {
    return {prepare(volume, plan, options), ""};
  } catch (const Error& error) {
    return {{}, error.what()};
  }
}

/// Largest difference as a fraction of the reference's range or, where all values are alike, of their size.
double difference_of(const std::vector<float>& fused, const std::vector<float>& reference) {
  double largest = 0, scale = 0;
  for (std::size_t n = 0; n < reference.size(); ++n) {
    largest = std::max(largest, std::abs(static_cast<double>(fused[n]) - reference[n]));
    scale = std::max(scale, std::abs(static_cast<double>(reference[n])));
  }
  const auto [low, high] = std::minmax_element(reference.begin(), reference.end());
  return largest == 0 ? 0 : largest / std::max(static_cast<double>(*high - *low), scale);
}

double compare_case(std::uint64_t seed) {
  Draw draw(seed);
  const Volume volume = random_volume(draw);
  const Chain chain = random_chain(draw, volume);
  const std::string title =
      fmt::format("seed {}: {} {}x{}x{}, {} channels, {}", seed, name(volume.type), volume.size[0],
                  volume.size[1], volume.size[2], volume.channels, chain.steps.dump());
  CAPTURE(title);
  const Plan plan = parse_plan(chain.steps);
  const Outcome reference = outcome_of(volume, plan, {.reference = true});
  const Outcome fused = outcome_of(volume, plan, {.threads = 1});
  CHECK(fused.error == reference.error);
  if (!reference.error.empty() || !fused.error.empty()) return 0;
  CHECK(fused.tensor.shape == reference.tensor.shape);
  CHECK(fused.tensor.axes == reference.tensor.axes);
  CHECK(fused.tensor.affine_ras == reference.tensor.affine_ras);
  CHECK(fused.tensor.trace == reference.tensor.trace);
  REQUIRE(fused.tensor.values.size() == reference.tensor.values.size());
  CHECK(outcome_of(volume, plan, {.threads = 2}).tensor.values == fused.tensor.values);
  const double difference = difference_of(fused.tensor.values, reference.tensor.values);
  CHECK(difference <= (chain.mixes ? 1e-5 : 2e-7));
  return difference;
}

}  // namespace

TEST_CASE("fused: the tensor goes into the caller's memory") {
  Draw draw(1);
  Volume volume = make_volume({4, 5, 6}, 1, 2, SampleType::int16);
  fill<std::int16_t>(volume, draw, -100, 100);
  const Plan plan = parse_plan(Json::parse(R"([{"name": "Orientation", "axcodes": "RAS"}])"));
  std::vector<float> memory(240, -1);
  const PreparedTensor there = prepare(volume, plan, {.output = [&](std::size_t count) {
                                         REQUIRE(count == memory.size());
                                         return std::span<float>(memory);
                                       }});
  CHECK(there.values.empty());
  CHECK(memory == prepare(volume, plan).values);
}

TEST_CASE("fused: the report says what became of every step") {
  Volume facts = make_volume({20, 20, 10}, 1, 1, SampleType::int16);
  facts.lps.m[0][0] = 0.7;
  const PlanGrids report = explain_grids(facts, parse_plan(Json::parse(R"([
      {"name": "Orientation", "axcodes": "RAS"},
      {"name": "Spacing", "pixdim": [1.5, 1.5, 1.5]},
      {"name": "Resize", "spatial_size": [8, 8, 8], "mode": "trilinear"},
      {"name": "ScaleIntensityRange", "a_min": 0, "a_max": 1, "b_min": 0, "b_max": 1, "clip": true},
      {"name": "CenterSpatialCrop", "roi_size": [4, 4, 4]},
      {"name": "Spacing", "pixdim": [2, 2, 2]}])")));
  const auto said = [&](std::size_t at) { return Json(report.steps.at(at).fused).dump(); };
  REQUIRE(report.steps.size() == 7);
  CHECK(report.problem.empty());
  CHECK(said(1).find("moves indices only") != std::string::npos);
  CHECK(said(2).find("becomes the tables of one separable resampling") != std::string::npos);
  CHECK(said(3).find("multiplied into the tables") != std::string::npos);
  CHECK(said(4).find("applied where values are stored") != std::string::npos);
  CHECK(said(6).find("clipped after an interpolation") != std::string::npos);
  CHECK(report.tensor == std::vector<std::string>{"values are computed straight into the tensor"});
}

TEST_CASE("fused equals reference: random geometry, type and chain") {
  if (const char* seed = std::getenv("RADBATCH_FUSED_SEED")) {
    compare_case(std::strtoull(seed, nullptr, 10));
    return;
  }
  double largest = 0;
  for (std::uint64_t seed = 1; seed <= 800; ++seed) largest = std::max(largest, compare_case(seed));
  MESSAGE("largest difference: ", largest, " of the range");
}
