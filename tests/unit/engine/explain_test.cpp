#include "radbatch/engine/explain.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "error_text.hpp"
#include "networks.hpp"
#include "radbatch/base/error.hpp"

using namespace radbatch;
using test::LinearNetwork;
using Shape = std::vector<std::int64_t>;

namespace {

const ExplainTarget first_class{"0", 0, false};

std::size_t largest(const std::vector<float>& values) {
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

/// Ones, whose only value that counts is the one at `at`.
AttributionMap one_voxel_counts(const Shape& shape, std::size_t at, const OcclusionGrid& grid) {
  std::size_t n = 1;
  for (const std::int64_t extent : shape) n *= static_cast<std::size_t>(extent);
  std::vector<float> weights(n), ones(n, 1.0F);
  weights[at] = 3;
  LinearNetwork network(weights);
  return occlusion(network, {shape, ones}, first_class, grid, 0.0F, 4);
}

}  // namespace

TEST_CASE("occlusion by single voxels gives each its own part of the score") {
  LinearNetwork network({1, 2, -3, 4});
  const std::vector<float> values{10, 1, 1, 0.5F};
  const Shape shape{1, 1, 2, 2};
  const AttributionMap map = occlusion(network, {shape, values}, first_class, {{1, 1}, {1, 1}}, 0.0F, 3);
  CHECK(map.values == std::vector<float>{10, 2, -3, 2});
  CHECK(map.score == doctest::Approx(11));
  CHECK(map.runs == 5);
}

TEST_CASE("a voxel's value is the mean over the boxes that cover it, the last box ending with the axis") {
  // Boxes of two at 0, 2 and 3 of five voxels; only the first voxel counts, 6 when it is covered.
  LinearNetwork network({6, 0, 0, 0, 4});
  const std::vector<float> ones(5, 1.0F);
  const Shape shape{1, 1, 5};
  const AttributionMap map = occlusion(network, {shape, ones}, first_class, {{2}, {2}}, 0.0F, 8);
  CHECK(map.values == std::vector<float>{6, 6, 0, 2, 4});
}

TEST_CASE("occlusion points at the voxel that counts, in two and three dimensions and in colour") {
  CHECK(largest(one_voxel_counts({1, 1, 6, 8}, 2 * 8 + 5, {{1, 1}, {1, 1}}).values) == 2 * 8 + 5);
  const AttributionMap volume =
      one_voxel_counts({1, 1, 4, 5, 6}, (1 * 5 + 3) * 6 + 4, {{1, 1, 1}, {1, 1, 1}});
  CHECK(largest(volume.values) == (1 * 5 + 3) * 6 + 4);
  CHECK(volume.shape == Shape{4, 5, 6});
  // The third channel of the voxel counts; the map has no channels.
  CHECK(largest(one_voxel_counts({1, 3, 4, 4}, 2 * 16 + 9, {{1, 1}, {1, 1}}).values) == 9);
}

TEST_CASE("what is covered takes the mean of its own channel, or the value that is given") {
  const std::vector<float> values{0, 2, 10, 30};
  const Shape shape{1, 2, 2};
  CHECK(filled({shape, values}, std::nullopt) == std::vector<float>{1, 1, 20, 20});
  CHECK(filled({shape, values}, 7.0F) == std::vector<float>{7, 7, 7, 7});
}

TEST_CASE("boxes go through the network in lots of the batch, padded as scores are") {
  std::vector<float> ones(16, 1.0F);
  LinearNetwork network(ones);
  const Shape shape{1, 1, 4, 4};
  occlusion(network, {shape, ones}, first_class, {{1, 1}, {1, 1}}, 0.0F, 5);
  CHECK(network.largest_batch == 5);
  CHECK(network.n_items == 5 + 20);  // the item alone, then 16 boxes in four lots
}

TEST_CASE("the default window is an eighth of a picture and a quarter of a volume, moved by half") {
  const Shape picture{224, 256}, volume{96, 64, 3};
  CHECK(default_grid(picture).window == Shape{28, 32});
  CHECK(default_grid(picture).stride == Shape{14, 16});
  CHECK(default_grid(volume).window == Shape{24, 16, 1});
  CHECK(default_grid(volume).stride == Shape{12, 8, 1});
}

TEST_CASE("the target of a softmax is the logit of its probability, of anything else the number itself") {
  const std::vector<OutputArray> outputs{{"0", {2, 3}, {1, 2, 3, 0, 0, 0}}};
  const std::vector<double> odds = target_values({"0", 2, true}, outputs);
  const double p = std::exp(3.0) / (std::exp(1.0) + std::exp(2.0) + std::exp(3.0));
  CHECK(odds[0] == doctest::Approx(std::log(p / (1 - p))));
  CHECK(odds[1] == doctest::Approx(-std::log(2.0)));
  CHECK(target_values({"0", 1, false}, outputs) == std::vector<double>{2, 0});
}

TEST_CASE("a window larger than the tensor and an output that is not there are faults of the explanation") {
  LinearNetwork network({1, 1});
  const std::vector<float> values{1, 1};
  const Shape shape{1, 1, 2};
  CHECK(
      test::error_of([&] {
        occlusion(network, {shape, values}, first_class, {{3}, {1}}, 0.0F, 1);
      }) ==
      "E_DIMENSION: the window does not fit the tensor, whose axes of space are 2 [give --explain-window and "
      "--explain-stride as voxels of the tensor, or leave them out]");
  CHECK(test::error_of([&] {
          occlusion(network, {shape, values}, {"x", 0}, {{1}, {1}}, 0.0F, 1);
        }) == "E_MODEL_OUTPUT: the network has no class 0 in an output \"x\" of [items, classes]");
}
