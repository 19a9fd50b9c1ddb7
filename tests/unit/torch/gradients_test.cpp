#include "radbatch/engine/gradients.hpp"

#include <ATen/Functions.h>
#include <doctest/doctest.h>
#include <torch/csrc/jit/api/module.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "error_text.hpp"
#include "model_files.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/engine/activation_map.hpp"
#include "radbatch/torch/load.hpp"

using namespace radbatch;
using test::TemporaryFolder;
using Shape = std::vector<std::int64_t>;

namespace {

const Shape picture{1, 1, 64, 64};

std::vector<float> values_of_picture() {
  std::vector<float> values(64 * 64);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>((i * 7919U) % 211) / 105 - 1;
  return values;
}

/// Its answer depends on the square of pixels 20 to 27 (rows) by 40 to 47 (columns) alone.
const char* const one_region = R"(def forward(self, x):
    part = torch.mean(torch.sigmoid(x[:, 0, 20:28, 40:48] * 2), [1, 2])
    return torch.stack([part * 5, 1 - part * part], 1))";

/// A network of two layers, `body` and in it `first`, which gives [1, 2, 4, 4] of [1, 1, 4, 4].
BackendRequest layered_file(const TemporaryFolder& folder) {
  torch::jit::Module first("First"), body("Body"), network("Layered");
  first.define("def forward(self, x): return torch.cat([x * 2, x * x], 1)\n");
  body.register_module("first", first);
  body.define("def forward(self, x): return self.first.forward(x) * 1.5\n");
  network.register_module("body", body);
  network.define("def forward(self, x): return {\"y\": torch.mean(self.body.forward(x), [2, 3])}\n");
  const auto path = folder.path() / "layered.ts";
  network.save(path.string());
  return {path.string(), "torchscript", sha256_file(path), "cpu", 1, ""};
}

std::size_t largest(const std::vector<float>& values) {
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

bool is_in_region(std::size_t at) {
  return at / 64 >= 20 && at / 64 < 28 && at % 64 >= 40 && at % 64 < 48;
}

}  // namespace

TEST_CASE("gradients are those of central differences, of a logit and of the log-odds of a softmax") {
  const TemporaryFolder folder;
  const BackendRequest file = test::network_file(folder);
  const auto network = load_torch_gradients(file);
  const auto classifier = load_torch_classifier(file);
  std::vector<float> values = values_of_picture();
  for (const bool is_softmax : {false, true}) {
    const ExplainTarget target{"0", 4, is_softmax};
    const Gradient gradient = network->gradient({picture, values}, target);
    CHECK(gradient.value ==
          doctest::Approx(target_values(target, classifier->run({picture, values})).at(0)).epsilon(1e-5));
    const std::size_t at = 30 * 64 + 30;
    const auto moved = [&](float by) {
      std::vector<float> other = values;
      other[at] += by;
      return network->gradient({picture, other}, target).value;
    };
    CHECK(gradient.values[at] == doctest::Approx((moved(0.01F) - moved(-0.01F)) / 0.02).epsilon(0.02));
  }
}

TEST_CASE("gradients, integrated gradients and occlusion point at the region that the answer depends on") {
  const TemporaryFolder folder;
  const BackendRequest file = test::script_file(folder, one_region);
  const auto network = load_torch_gradients(file);
  const auto classifier = load_torch_classifier(file);
  const std::vector<float> values = values_of_picture();
  const TensorView item{picture, values};
  CHECK(is_in_region(largest(input_gradients(*network, item, {"0", 0}).values)));
  const AttributionMap integrated = integrated_gradients(*network, item, {"0", 0}, 0.0F, 8);
  CHECK(is_in_region(largest(integrated.values)));
  for (std::size_t at = 0; at < integrated.values.size(); ++at) {
    if (!is_in_region(at)) REQUIRE(integrated.values[at] == 0);
  }
  CHECK(is_in_region(largest(occlusion(*classifier, item, {"0", 0}, {{4, 4}, {2, 2}}, -1.0F, 8).values)));
}

TEST_CASE("integrated gradients sum to the score less that of the baseline") {
  const TemporaryFolder folder;
  const std::vector<float> values = values_of_picture();
  const auto smooth = load_torch_gradients(test::script_file(folder, one_region));
  AttributionMap map = integrated_gradients(*smooth, {picture, values}, {"0", 1}, 0.0F, 16);
  CHECK(std::accumulate(map.values.begin(), map.values.end(), 0.0) ==
        doctest::Approx(map.score - map.baseline_score).epsilon(1e-4));
  // With ReLU and max-pooling the line has kinks, and the integral an error of its own.
  const auto kinked = load_torch_gradients(test::network_file(folder));
  map = integrated_gradients(*kinked, {picture, values}, {"0", 2}, std::nullopt, 64);
  CHECK(std::accumulate(map.values.begin(), map.values.end(), 0.0) ==
        doctest::Approx(map.score - map.baseline_score).epsilon(0.02));
}

TEST_CASE("the same item gives the same bytes twice") {
  const TemporaryFolder folder;
  const auto network = load_torch_gradients(test::network_file(folder));
  const std::vector<float> values = values_of_picture();
  const auto once = [&] {
    return integrated_gradients(*network, {picture, values}, {"0", 1, true}, 0.0F, 4).values;
  };
  CHECK(once() == once());
}

TEST_CASE("a layer's features and gradient are found by its path, at any depth") {
  const TemporaryFolder folder;
  const auto network = load_torch_gradients(layered_file(folder));
  std::vector<float> values(16);
  std::iota(values.begin(), values.end(), 0.0F);
  const Shape shape{1, 1, 4, 4};
  const LayerGradient body = network->layer_gradient({shape, values}, {"y", 1}, "body");
  CHECK(body.shape == Shape{1, 2, 4, 4});
  CHECK(body.features[16 + 3] == 1.5F * 9);
  CHECK(body.gradient[3] == 0);
  CHECK(body.gradient[16 + 3] == doctest::Approx(1.0 / 16));
  const LayerGradient first = network->layer_gradient({shape, values}, {"y", 1}, "body.first");
  CHECK(first.features[16 + 3] == 9);
  CHECK(first.gradient[16 + 3] == doctest::Approx(1.5 / 16));
  CHECK(gradient_activation(*network, {shape, values}, {"y", 1}, "body.first").values[3] ==
        doctest::Approx(9 * 1.5 / 16));
}

TEST_CASE("a layer that is not called and a network without a gradient are named") {
  const TemporaryFolder folder;
  const std::vector<float> values(16, 1.0F);
  const Shape shape{1, 1, 4, 4};
  const auto layered = load_torch_gradients(layered_file(folder));
  CHECK(test::error_of([&] {
          layered->layer_gradient({shape, values}, {"y", 0}, "body.last");
        }) == "E_MODEL_OUTPUT: the network calls no layer \"body.last\"; it calls body, body.first");
  const auto counting = load_torch_gradients(
      test::script_file(folder, "def forward(self, x): return (x[:, 0, 0] > 0).float()"));
  CHECK(test::error_of([&] {
          counting->gradient({shape, values}, {"0", 0});
        }) ==
        "E_MODEL_OUTPUT: the network cannot be differentiated: its output does not depend on the tensor by "
        "operations "
        "that have a gradient [explain it with --explain-method occlusion]");
}
