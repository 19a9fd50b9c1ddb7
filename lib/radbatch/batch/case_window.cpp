#include "radbatch/batch/case_window.hpp"

#include <algorithm>

namespace radbatch {

std::uint64_t CaseWindow::largest_cost() const {
  const auto largest = std::ranges::max_element(waiting_, {}, &Waiting::cost);
  return largest == waiting_.end() ? 0 : largest->cost;
}

void CaseWindow::add(std::unique_ptr<CaseWork> work) {
  const std::uint64_t cost = work->cost_bytes();
  waiting_.push_back({std::move(work), cost});
}

std::unique_ptr<CaseWork> CaseWindow::take() {
  if (waiting_.empty()) return nullptr;
  // The first one is the oldest, and so the one that most have passed.
  auto chosen = waiting_.begin();
  if (chosen->passed < SIZE) chosen = std::ranges::max_element(waiting_, {}, &Waiting::cost);
  for (auto older = waiting_.begin(); older != chosen; ++older) ++older->passed;
  std::unique_ptr<CaseWork> work = std::move(chosen->work);
  waiting_.erase(chosen);
  return work;
}

}  // namespace radbatch
