#include "radbatch/engine/classifier.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

/// A network in memory: `answer` is called with the running number of the batch and its values.
class FakeClassifier : public Classifier {
 public:
  using Answer = std::function<std::vector<OutputArray>(std::size_t, std::span<const float>)>;
  explicit FakeClassifier(Answer answer) : answer_(std::move(answer)) {}

  std::vector<OutputArray> run(const TensorView& batch) override {
    shapes.emplace_back(batch.shape.begin(), batch.shape.end());
    inputs.emplace_back(batch.values.begin(), batch.values.end());
    return answer_(inputs.size(), batch.values);
  }
  Json describe() const override { return {{"kind", "fake"}}; }

  std::vector<std::vector<std::int64_t>> shapes;
  std::vector<std::vector<float>> inputs;

 private:
  Answer answer_;
};

/// Items of two values; the output of an item is their sum.
std::vector<OutputArray> sums_of_pairs(std::size_t, std::span<const float> values) {
  OutputArray sums{"0", {static_cast<std::int64_t>(values.size() / 2), 1}, {}};
  for (std::size_t i = 0; i < values.size(); i += 2) sums.values.push_back(values[i] + values[i + 1]);
  return {sums};
}

const std::vector<std::int64_t> three_pairs{3, 2};
const std::vector<float> six_values{1, 2, 3, 4, 5, 6};

Error error_of(FakeClassifier::Answer answer) {
  FakeClassifier fake(std::move(answer));
  try {
    run_in_batches(fake, {three_pairs, six_values}, 2);
  } catch (const Error& error) {
    return error;
  }
  return Error(ExitCode::ok, "no error");
}

}  // namespace

TEST_CASE("the last batch is padded with zeros, its outputs are cut off and all are joined") {
  FakeClassifier fake(sums_of_pairs);
  const auto outputs = run_in_batches(fake, {three_pairs, six_values}, 2);
  CHECK(fake.shapes == std::vector<std::vector<std::int64_t>>{{2, 2}, {2, 2}});
  CHECK(fake.inputs == std::vector<std::vector<float>>{{1, 2, 3, 4}, {5, 6, 0, 0}});
  REQUIRE(outputs.size() == 1);
  CHECK(outputs[0].name == "0");
  CHECK(outputs[0].shape == std::vector<std::int64_t>{3, 1});
  CHECK(outputs[0].values == std::vector<float>{3, 7, 11});
}

TEST_CASE("a batch larger than the items is one padded run") {
  FakeClassifier fake(sums_of_pairs);
  CHECK(run_in_batches(fake, {three_pairs, six_values}, 4)[0].values == std::vector<float>{3, 7, 11});
  CHECK(fake.inputs == std::vector<std::vector<float>>{{1, 2, 3, 4, 5, 6, 0, 0}});
}

TEST_CASE("full batches are handed on without a copy") {
  const float* seen = nullptr;
  FakeClassifier fake([&](std::size_t n, std::span<const float> values) {
    seen = values.data();
    return sums_of_pairs(n, values);
  });
  run_in_batches(fake, {three_pairs, six_values}, 3);
  CHECK(seen == six_values.data());
}

TEST_CASE("several outputs keep their names") {
  FakeClassifier fake([](std::size_t n, std::span<const float> values) {
    auto outputs = sums_of_pairs(n, values);
    outputs.push_back({"features", {2, 3}, std::vector<float>(6, static_cast<float>(n))});
    return outputs;
  });
  const auto outputs = run_in_batches(fake, {three_pairs, six_values}, 2);
  REQUIRE(outputs.size() == 2);
  CHECK(outputs[1].name == "features");
  CHECK(outputs[1].shape == std::vector<std::int64_t>{3, 3});
  CHECK(outputs[1].values == std::vector<float>{1, 1, 1, 1, 1, 1, 2, 2, 2});
}

TEST_CASE("a value that is not finite names its item") {
  const Error error = error_of([](std::size_t n, std::span<const float> values) {
    auto outputs = sums_of_pairs(n, values);
    if (n == 2) outputs[0].values[0] = std::nanf("");
    return outputs;
  });
  CHECK(error.reason() == Reason::nonfinite);
  CHECK(error.message() == "output \"0\" of item 2 is not a number");
}

TEST_CASE("an infinite value in the padding harms nobody") {
  const Error error = error_of([](std::size_t n, std::span<const float> values) {
    auto outputs = sums_of_pairs(n, values);
    if (n == 2) outputs[0].values[1] = std::numeric_limits<float>::infinity();
    return outputs;
  });
  CHECK(error.message() == "no error");
}

TEST_CASE("an output whose first dimension is not the batch is refused") {
  const Error error = error_of([](std::size_t, std::span<const float>) {
    return std::vector<OutputArray>{{"0", {1, 4}, {1, 2, 3, 4}}};
  });
  CHECK(error.reason() == Reason::model_output);
  CHECK(error.message() == "output \"0\" has shape 1x4, its first dimension should be the batch, 2");
}

TEST_CASE("an output that changes its shape between batches is refused") {
  const Error error = error_of([](std::size_t n, std::span<const float>) {
    const auto width = static_cast<std::int64_t>(n);
    return std::vector<OutputArray>{{"0", {2, width}, std::vector<float>(2 * n)}};
  });
  CHECK(error.reason() == Reason::model_output);
  CHECK(error.message() == "output \"0\" changed between batches to \"0\" of shape 2x2");
}

TEST_CASE("a network that changes the number of its outputs is refused") {
  const Error error = error_of([](std::size_t n, std::span<const float>) {
    return std::vector<OutputArray>(n, OutputArray{"0", {2, 1}, {1, 2}});
  });
  CHECK(error.message() == "the network gave 1 outputs for one batch and 2 for the next");
}

TEST_CASE("values that do not fill their shape are a defect of the caller") {
  FakeClassifier fake(sums_of_pairs);
  CHECK_THROWS_WITH_AS(run_in_batches(fake, {three_pairs, std::span(six_values).first(5)}, 2),
                       "run_in_batches: 5 values for shape 3x2, batch 2", Error);
}
