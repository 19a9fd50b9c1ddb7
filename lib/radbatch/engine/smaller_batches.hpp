// A classifier that goes on with smaller batches where memory does not suffice for the whole one.
//
// One large case must not cost its scores because it came when memory was short. The items of a batch do not
// know of each other, so half of them at a time gives the same numbers up to the last bits (another batch
// size may mean other kernels), and every step is told.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "radbatch/engine/classifier.hpp"

namespace radbatch {

class SmallerBatches : public Classifier {
 public:
  explicit SmallerBatches(std::unique_ptr<Classifier> inner) : inner_(std::move(inner)) {}

  /// As the inner one; after Error(Reason::out_of_memory) again with the next smaller power of two, down to
  /// one item, whose error is thrown on. A classifier of one batch size fails at once.
  std::vector<OutputArray> run(const TensorView& batch) override;
  Json describe() const override { return inner_->describe(); }
  bool takes_any_batch() const override { return inner_->takes_any_batch(); }

  /// "out of memory with 8 items at once, 4 at once from here": the steps since the last call.
  std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }

 private:
  std::unique_ptr<Classifier> inner_;
  std::vector<std::string> notes_;
};

}  // namespace radbatch
