#include "radbatch/engine/activation_map.hpp"

#include <doctest/doctest.h>

#include "error_text.hpp"
#include "networks.hpp"
#include "radbatch/base/error.hpp"

using namespace radbatch;
using test::LinearNetwork;
using Shape = std::vector<std::int64_t>;

namespace {

const ExplainTarget first_class{"0", 0, false};

/// Gives the same features and gradient whatever it is asked.
class OneLayer : public Differentiable {
 public:
  Gradient gradient(const TensorView&, const ExplainTarget&) override { return {}; }
  LayerGradient layer_gradient(const TensorView&, const ExplainTarget&, const std::string&) override {
    return {1.5, {1, 2, 2}, {1, 2, 4, 3}, {1, 3, -2, 0}};
  }
};

}  // namespace

TEST_CASE("enlarging is PyTorch's interpolate without aligned corners") {
  // torch.nn.functional.interpolate(torch.tensor([[[1., 3.]]]), 4, mode="linear") = 1.0 1.5 2.5 3.0
  const std::vector<float> pair{1, 3};
  CHECK(enlarged(pair, Shape{2}, Shape{4}) == std::vector<float>{1, 1.5F, 2.5F, 3});
  // ... of [[1, 2], [3, 4]] to 3 x 2, mode="bilinear": [[1, 2], [2, 3], [3, 4]]
  const std::vector<float> square{1, 2, 3, 4};
  CHECK(enlarged(square, Shape{2, 2}, Shape{3, 2}) == std::vector<float>{1, 2, 2, 3, 3, 4});
}

TEST_CASE("a class activation map weighs the channels of the features") {
  LinearNetwork network({1, 0, 0, 0}, "maps");
  const std::vector<float> values{1, 2, 10, 20};
  const Shape shape{1, 2, 2};
  const std::vector<float> weights{1, -0.5F};
  const AttributionMap map = class_activation(network, {shape, values}, first_class, "maps", weights, 3);
  CHECK(map.values == std::vector<float>{-4, -8});
  CHECK(map.score == 1);
}

TEST_CASE("Grad-CAM weighs by the mean gradient and keeps what speaks for the class") {
  OneLayer network;
  const std::vector<float> values{0, 0};
  const Shape shape{1, 1, 2};
  // Weights 2 and -1: 2 - 4 and 4 - 3.
  CHECK(gradient_activation(network, {shape, values}, first_class, "layer").values ==
        std::vector<float>{0, 1});
}

TEST_CASE("weights that do not fit the features, and features that are not there, are named") {
  LinearNetwork network({1, 0}, "maps");
  const std::vector<float> values{1, 2}, weights{1, 2, 3};
  const Shape shape{1, 1, 2};
  CHECK(test::error_of([&] {
          class_activation(network, {shape, values}, first_class, "maps", weights, 1);
        }) == "E_MODEL_OUTPUT: the output \"maps\" has 1 channels, the bundle's cam weights 3");
  CHECK(test::error_of([&] {
          class_activation(network, {shape, values}, first_class, "m", weights, 1);
        }) == "E_MODEL_OUTPUT: the network has no output \"m\", which the bundle's cam names");
}
