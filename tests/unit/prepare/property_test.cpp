// Chains of random spatial steps on random grids: every one comes to an end, and shape and spacing after each
// step are what its parameters say, worked out here by plain formulas from those before it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "radbatch/prepare/prepare.hpp"

using namespace radbatch;

namespace {

struct Grid {
  std::vector<std::int64_t> shape;  ///< spatial
  std::vector<double> spacing;
};

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  std::int64_t whole(std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(engine_);
  }
  double real(double from, double to) { return std::uniform_real_distribution<double>(from, to)(engine_); }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return *(values.begin() + whole(0, static_cast<std::int64_t>(values.size()) - 1));
  }
  Json wholes(std::int64_t from, std::int64_t to) {
    return {whole(from, to), whole(from, to), whole(from, to)};
  }

 private:
  std::mt19937 engine_;
};

Affine rotation(int axis, double angle) {
  Affine turned;
  const int a = (axis + 1) % 3, b = (axis + 2) % 3;
  turned.m[a][a] = turned.m[b][b] = std::cos(angle);
  turned.m[b][a] = std::sin(angle);
  turned.m[a][b] = -std::sin(angle);
  return turned;
}

Volume random_volume(Dice& dice) {
  Volume volume = make_volume({dice.whole(1, 11), dice.whole(1, 11), dice.whole(1, 9)},
                              static_cast<int>(dice.whole(1, 2)), 1, SampleType::int16);
  for (auto& sample : volume.samples.as<std::int16_t>())
    sample = static_cast<std::int16_t>(dice.whole(-1000, 3000));
  Affine stretch;
  for (int a = 0; a < 3; ++a) stretch.m[a][a] = dice.real(0.5, 3) * dice.one_of({1.0, -1.0});
  Affine turn = rotation(0, dice.one_of({0.0, M_PI / 2, dice.real(-3, 3)}));
  turn = multiply(turn, rotation(2, dice.one_of({0.0, M_PI / 2, dice.real(-3, 3)})));
  volume.lps = multiply(turn, stretch);
  for (int row = 0; row < 3; ++row) volume.lps.m[row][3] = dice.real(-300, 300);
  return volume;
}

Json random_step(Dice& dice) {
  const auto real = [&](double from, double to) { return dice.real(from, to); };
  switch (dice.whole(0, 13)) {
    case 0:
      return {{"name", "Spacing"},
              {"pixdim", {real(0.8, 3), real(0.8, 3), real(0.8, 3)}},
              {"mode", dice.one_of<Json>({"bilinear", "nearest", 0, 1, 3})},
              {"padding_mode", dice.one_of<Json>({"border", "zeros", "reflection"})},
              {"align_corners", dice.whole(0, 1) == 1}};
    case 1:
      return {{"name", "Resize"},
              {"spatial_size", dice.wholes(1, 12)},
              {"mode", dice.one_of<Json>({"area", "nearest", "nearest-exact", "trilinear"})},
              {"anti_aliasing", dice.whole(0, 1) == 1}};
    case 2:
      return {{"name", "Zoom"}, {"zoom", {real(1, 1.6), real(1, 1.6), 1}}, {"keep_size", false}};
    case 3:
      return {{"name", "CenterSpatialCrop"}, {"roi_size", dice.wholes(1, 12)}};
    case 4:
      return {{"name", "SpatialPad"},
              {"spatial_size", dice.wholes(1, 12)},
              {"mode", dice.one_of<Json>({"constant", "edge", "symmetric"})}};
    case 5:
      return {{"name", "DivisiblePad"}, {"k", dice.wholes(1, 5)}};
    case 6:
      return {{"name", "BorderPad"}, {"spatial_border", dice.wholes(0, 2)}, {"mode", "edge"}};
    case 7:
      return {{"name", "CenterScaleCrop"}, {"roi_scale", {real(0.3, 1.2), real(0.3, 1.2), real(0.3, 1.2)}}};
    case 8:
      return {{"name", "CropForeground"},
              {"select_fn", "above"},
              {"threshold", -1e9},
              {"margin", dice.wholes(0, 2)},
              {"k_divisible", dice.whole(1, 4)}};
    case 9:
      return {{"name", "Flip"}, {"spatial_axis", dice.whole(-3, 2)}};
    case 10: {
      const std::int64_t axis = dice.whole(0, 2);
      return {{"name", "Rotate90"}, {"k", dice.whole(-3, 4)}, {"spatial_axes", {axis, (axis + 1) % 3}}};
    }
    case 11:
      return {{"name", "MaximumProjection"}, {"axis", dice.whole(0, 2)}, {"slab_mm", real(0.1, 9)}};
    case 12:
      return {{"name", "ResizeWithPadOrCrop"}, {"spatial_size", dice.wholes(1, 12)}};
    default:
      return {{"name", "Orientation"}, {"axcodes", dice.one_of<Json>({"RAS", "LPS", "SRA", "PIL"})}};
  }
}

/// The axis of `grid` after a step that acts on every axis alone.
void change_axis(Grid& grid, std::size_t a, const Json& step) {
  std::int64_t& n = grid.shape[a];
  double& spacing = grid.spacing[a];
  const std::string name = step["name"];
  const auto value = [&](const char* field) { return step[field][a].get<std::int64_t>(); };
  const auto on_extent = [&](std::int64_t size) {
    spacing *= static_cast<double>(n) / static_cast<double>(size);
    n = size;
  };
  const auto multiple = [&](std::int64_t k) { n = (n + k - 1) / k * k; };
  const auto length = static_cast<double>(n);
  if (name == "Spacing") {
    const double wanted = step["pixdim"][a];
    if (std::abs(wanted - spacing) <= 1e-3) return;  // as MONAI, kept
    n = static_cast<std::int64_t>(std::nearbyint((length - 1) * spacing / wanted + 1));
    spacing = wanted;
  } else if (name == "Resize") {
    on_extent(value("spatial_size"));
  } else if (name == "Zoom") {
    on_extent(static_cast<std::int64_t>(std::floor(length * step["zoom"][a].get<double>())));
  } else if (name == "CenterSpatialCrop") {
    n = std::min(n, value("roi_size"));
  } else if (name == "SpatialPad") {
    n = std::max(n, value("spatial_size"));
  } else if (name == "ResizeWithPadOrCrop") {
    n = value("spatial_size");
  } else if (name == "DivisiblePad") {
    multiple(value("k"));
  } else if (name == "BorderPad") {
    n += 2 * value("spatial_border");
  } else if (name == "CenterScaleCrop") {
    n = std::min(n, static_cast<std::int64_t>(std::ceil(length * step["roi_scale"][a].get<double>())));
  } else if (name == "CropForeground") {
    n += 2 * value("margin");
    multiple(step["k_divisible"].get<std::int64_t>());
  }
}

Grid predicted(Grid grid, const Json& step) {
  for (std::size_t a = 0; a < 3; ++a) change_axis(grid, a, step);
  if (step["name"] == "Rotate90" && step["k"].get<std::int64_t>() % 2 != 0) {
    const std::size_t a = step["spatial_axes"][0], b = step["spatial_axes"][1];
    std::swap(grid.shape[a], grid.shape[b]);
    std::swap(grid.spacing[a], grid.spacing[b]);
  }
  if (step["name"] == "MaximumProjection") {
    const std::size_t a = step["axis"];
    const auto n = static_cast<double>(grid.shape[a]);
    const double slab = std::clamp(std::round(step["slab_mm"].get<double>() / grid.spacing[a]), 1.0, n);
    grid.shape[a] = static_cast<std::int64_t>(std::ceil(n / slab));
    grid.spacing[a] *= slab;
  }
  return grid;
}

Grid grid_of(const Json& trace) {
  const auto shape = trace["shape"].get<std::vector<std::int64_t>>();
  return {{shape.begin() + 1, shape.end()}, trace["spacing_mm"].get<std::vector<double>>()};
}

/// Axes as (size, spacing in micrometres), sorted: what Orientation leaves as it is.
std::vector<std::pair<std::int64_t, std::int64_t>> axes_of(const Grid& grid) {
  std::vector<std::pair<std::int64_t, std::int64_t>> axes;
  for (std::size_t a = 0; a < 3; ++a) axes.emplace_back(grid.shape[a], std::llround(grid.spacing[a] * 1000));
  std::sort(axes.begin(), axes.end());
  return axes;
}

}  // namespace

TEST_CASE("property: random chains on random grids have the shapes and spacings of their parameters") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Dice dice(seed);
    const Volume volume = random_volume(dice);
    Json plan = Json::array();
    for (std::int64_t steps = dice.whole(1, 5); steps > 0; --steps) plan.push_back(random_step(dice));
    const std::string title = fmt::format("seed {} {}", seed, plan.dump());
    CAPTURE(title);
    const PreparedTensor tensor = prepare(volume, parse_plan(plan));
    for (std::size_t i = 0; i < plan.size(); ++i) {
      CAPTURE(i);
      const Grid wanted = predicted(grid_of(tensor.trace[i]), plan[i]);
      const Grid found = grid_of(tensor.trace[i + 1]);
      if (plan[i]["name"] == "Orientation") {
        CHECK(axes_of(found) == axes_of(wanted));
        continue;
      }
      CHECK(found.shape == wanted.shape);
      for (std::size_t a = 0; a < 3; ++a) CHECK(found.spacing[a] == doctest::Approx(wanted.spacing[a]));
    }
  }
}
