#include "radbatch/engine/smaller_batches.hpp"

#include <bit>

#include "radbatch/base/error.hpp"

namespace radbatch {

std::vector<OutputArray> SmallerBatches::run(const TensorView& batch) {
  const std::int64_t items = batch.shape[0];
  for (std::int64_t size = items;;) {
    try {
      return size == items ? inner_->run(batch) : run_in_batches(*inner_, batch, size);
    } catch (const Error& error) {
      if (error.reason() != Reason::out_of_memory || size == 1 || !takes_any_batch()) throw;
      const auto smaller = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(size - 1)));
      notes_.push_back("out of memory with " + std::to_string(size) + " items at once, " +
                       std::to_string(smaller) + " at once from here");
      size = smaller;
    }
  }
}

}  // namespace radbatch
