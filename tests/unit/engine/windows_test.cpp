#include "radbatch/engine/windows.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

/// A network of two dense classes of the first channel, w - mean(w) and w^2, and one number per window, the
/// sum of that channel.
class FakeNetwork : public Classifier {
 public:
  std::vector<OutputArray> run(const TensorView& batch) override {
    inputs.emplace_back(batch.values.begin(), batch.values.end());
    const std::int64_t n = batch.shape[0];
    const std::size_t per_item = batch.values.size() / static_cast<std::size_t>(n);
    const std::size_t places = per_item / static_cast<std::size_t>(batch.shape[1]);
    OutputArray map{"map", {n, 2}, {}}, sum{"sum", {n, 1}, {}};
    map.shape.insert(map.shape.end(), batch.shape.begin() + 2, batch.shape.end());
    for (std::size_t at = 0; at < batch.values.size(); at += per_item) {
      const auto window = batch.values.subspan(at, places);
      sum.values.push_back(std::accumulate(window.begin(), window.end(), 0.0F));
      for (const float value : window)
        map.values.push_back(value - sum.values.back() / static_cast<float>(places));
      for (const float value : window) map.values.push_back(value * value);
    }
    return {map, sum};
  }
  Json describe() const override { return {}; }

  std::vector<std::vector<float>> inputs;
};

/// 0, 0.1, 0.2 ...
std::vector<float> ramp(std::size_t n) {
  std::vector<float> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(static_cast<float>(i) / 10);
  return values;
}

Windows windows_of(std::vector<std::int64_t> size, double overlap) {
  Windows windows;
  windows.overlap.assign(size.size(), overlap);
  windows.sigma_scale.assign(size.size(), 0.25);
  windows.size = std::move(size);
  return windows;
}

std::vector<OutputArray> run(FakeNetwork& network, std::vector<std::int64_t> shape, const Windows& windows,
                             std::int64_t batch = 3) {
  const std::vector<std::string> maps{"map"};
  std::size_t n = 1;
  for (const std::int64_t extent : shape) n *= static_cast<std::size_t>(extent);
  const std::vector<float> values = ramp(n);
  return run_in_windows(network, {shape, values}, windows, maps, batch);
}

void check_near(const std::vector<float>& values, const std::vector<double>& expected) {
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    CHECK(values[i] == doctest::Approx(expected[i]).epsilon(1e-5));
}

std::string message_of(FakeNetwork& network, const std::vector<std::int64_t>& shape, const Windows& windows) {
  try {
    run(network, shape, windows);
  } catch (const Error& problem) {
    return problem.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("windows are gathered from all channels, the last batch is padded with zeros") {
  FakeNetwork network;
  const auto outputs = run(network, {1, 2, 2, 3}, windows_of({2, 2}, 0), 3);
  REQUIRE(network.inputs.size() == 1);
  CHECK(network.inputs[0] == std::vector<float>{0,    0.1F, 0.3F, 0.4F, 0.6F, 0.7F, 0.9F, 1,  // first window
                                                0.1F, 0.2F, 0.4F, 0.5F, 0.7F, 0.8F, 1,    1.1F,  // second
                                                0,    0,    0,    0,    0,    0,    0,    0});
  CHECK(outputs[0].name == "sum");
  CHECK(outputs[0].shape == std::vector<std::int64_t>{2, 1});
}

// Golden numbers: MONAI 1.6.1, sliding_window_inference of the same network in torch.
TEST_CASE("a map is put together as MONAI puts it together, with Gaussian importance") {
  Windows windows = windows_of({4, 3}, 0.25);
  windows.importance = Importance::gaussian;
  FakeNetwork network;
  const OutputArray map = run(network, {1, 1, 7, 5}, windows)[1];
  CHECK(map.name == "map");
  CHECK(map.shape == std::vector<std::int64_t>{1, 2, 7, 5});
  const std::vector<float> first_class(map.values.begin(), map.values.begin() + 15);
  check_near(first_class,
             {-0.8499999642372131, -0.7499999403953552, -0.75, -0.7499999403953552, -0.6499999761581421,
              -0.34999996423721313, -0.24999992549419403, -0.24999995529651642, -0.24999992549419403,
              -0.1499999761581421, 0.15000003576278687, 0.2500000596046448, 0.25000008940696716, 0.25,
              0.3500000238418579});
  CHECK(map.values.back() == doctest::Approx(11.5600004196167));
}

TEST_CASE("an image smaller than a window is padded as torch pads, and the padding is cut off again") {
  const auto padded = [](WindowPadding padding, float value) {
    Windows windows = windows_of({4, 4}, 0.5);
    windows.padding = padding;
    windows.padding_value = value;
    FakeNetwork network;
    std::vector<float> map = run(network, {1, 1, 3, 5}, windows, 2)[1].values;
    map.resize(15);
    return map;
  };
  check_near(padded(WindowPadding::constant, 0.5F),
             {-0.6125, -0.55, -0.45, -0.35, -0.2875, -0.1125, -0.05, 0.05, 0.15, 0.2125, 0.3875, 0.45,
              0.5500001, 0.65, 0.7125});
  check_near(padded(WindowPadding::reflect, 0),
             {-0.65, -0.6, -0.5, -0.4, -0.35, -0.15, -0.1, 0.0, 0.1, 0.15, 0.35, 0.4, 0.5000001, 0.6, 0.65});
  check_near(padded(WindowPadding::replicate, 0),
             {-0.775, -0.725, -0.625, -0.525, -0.4750001, -0.275, -0.225, -0.125, -0.025, 0.0249999, 0.225,
              0.275, 0.375, 0.4749999, 0.5249999});
}

TEST_CASE("the batch does not change the numbers") {
  FakeNetwork network;
  const Windows windows = windows_of({3, 3, 2}, 0.5);
  const auto one = run(network, {1, 2, 5, 4, 3}, windows, 1),
             many = run(network, {1, 2, 5, 4, 3}, windows, 7);
  CHECK(one[1].values == many[1].values);
  CHECK(one[0].values == many[0].values);
}

TEST_CASE("windows are cut from one image") {
  FakeNetwork network;
  CHECK(message_of(network, {2, 1, 7, 5}, windows_of({4, 3}, 0)) ==
        "the model slides windows over one image, and the prepared tensor holds 2");
}

TEST_CASE("a map has the size of its window") {
  class Shrinking : public FakeNetwork {
    std::vector<OutputArray> run(const TensorView& batch) override {
      const auto n = static_cast<std::size_t>(batch.shape[0]);
      return {{"map", {batch.shape[0], 1, 2, 2}, std::vector<float>(n * 4)}};
    }
  } network;
  CHECK(message_of(network, {1, 1, 4, 4}, windows_of({4, 4}, 0)) ==
        "output \"map\" has shape 3x1x2x2; a map over windows of 4x4 has [windows, classes] and their size");
}
