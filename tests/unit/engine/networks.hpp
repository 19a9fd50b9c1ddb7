// Small networks in memory whose maps are known by hand.
#pragma once

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "radbatch/engine/classifier.hpp"

namespace radbatch::test {

/// One number per item: the sum of weight times value. `features` names a second output with the item itself.
class LinearNetwork : public Classifier {
 public:
  explicit LinearNetwork(std::vector<float> weights, std::string features = {})
      : weights_(std::move(weights)), features_(std::move(features)) {}

  std::vector<OutputArray> run(const TensorView& batch) override {
    n_items += static_cast<std::size_t>(batch.shape[0]);
    largest_batch = std::max(largest_batch, batch.shape[0]);
    OutputArray scores{"0", {batch.shape[0], 1}, {}};
    for (std::size_t first = 0; first < batch.values.size(); first += weights_.size()) {
      scores.values.push_back(std::inner_product(
          weights_.begin(), weights_.end(), batch.values.begin() + static_cast<std::ptrdiff_t>(first), 0.0F));
    }
    std::vector<OutputArray> outputs{scores};
    if (!features_.empty()) {
      outputs.push_back(
          {features_, {batch.shape.begin(), batch.shape.end()}, {batch.values.begin(), batch.values.end()}});
    }
    return outputs;
  }
  Json describe() const override { return {{"kind", "linear"}}; }

  std::size_t n_items = 0;
  std::int64_t largest_batch = 0;

 private:
  std::vector<float> weights_;
  std::string features_;
};

}  // namespace radbatch::test
