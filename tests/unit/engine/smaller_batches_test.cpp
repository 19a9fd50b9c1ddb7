#include "radbatch/engine/smaller_batches.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

/// The output of an item is twice its value; more than `room` items at once do not fit.
class Doubling : public Classifier {
 public:
  Doubling(std::int64_t room, bool any_batch, std::vector<std::int64_t>& sizes)
      : room_(room), any_batch_(any_batch), sizes_(sizes) {}

  std::vector<OutputArray> run(const TensorView& batch) override {
    sizes_.push_back(batch.shape[0]);
    if (batch.shape[0] > room_) throw Error(Reason::out_of_memory, "no room");
    OutputArray output{"0", {batch.shape[0], 1}, {batch.values.begin(), batch.values.end()}};
    for (float& value : output.values) value *= 2;
    return {output};
  }
  Json describe() const override { return {{"kind", "doubling"}}; }
  bool takes_any_batch() const override { return any_batch_; }

 private:
  std::int64_t room_;
  bool any_batch_;
  std::vector<std::int64_t>& sizes_;
};

/// Thirteen items through `room`, in batches of 8.
struct Run {
  explicit Run(std::int64_t room, bool any_batch = true)
      : classifier(std::make_unique<Doubling>(room, any_batch, sizes)) {
    try {
      values = run_in_batches(classifier, {std::vector<std::int64_t>{13}, items}, 8).at(0).values;
    } catch (const Error& error) {
      reason = error.reason();
    }
  }
  const std::vector<float> items{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
  std::vector<std::int64_t> sizes;
  SmallerBatches classifier;
  std::vector<float> values;
  std::optional<Reason> reason;
};

const std::vector<float> doubled{2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26};

}  // namespace

TEST_CASE("what is left after the whole batches runs in powers of two, without padding") {
  const Run run(8);
  CHECK(run.sizes == std::vector<std::int64_t>{8, 4, 1});
  CHECK(run.values == doubled);
}

TEST_CASE("a network of one batch size gets no other") {
  CHECK(Run(8, false).sizes == std::vector<std::int64_t>{8, 8});
}

TEST_CASE("a batch that does not fit runs in halves, with the same numbers, and every step is told once") {
  Run run(2);
  CHECK(run.values == doubled);
  CHECK(run.sizes == std::vector<std::int64_t>{8, 4, 2, 2, 2, 2, 4, 2, 2, 1});
  CHECK(run.classifier.take_notes() ==
        std::vector<std::string>{"out of memory with 8 items at once, 4 at once from here",
                                 "out of memory with 4 items at once, 2 at once from here",
                                 "out of memory with 4 items at once, 2 at once from here"});
  CHECK(run.classifier.take_notes().empty());
}

TEST_CASE("one item that does not fit is out of memory") {
  CHECK(Run(0).reason == Reason::out_of_memory);
}

TEST_CASE("a network of one batch size that does not fit fails at once") {
  const Run run(4, false);
  CHECK(run.reason == Reason::out_of_memory);
  CHECK(run.sizes == std::vector<std::int64_t>{8});
}
