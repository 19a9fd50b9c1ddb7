#include "radbatch/batch/case_window.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

namespace {

class Sized : public CaseWork {
 public:
  Sized(std::string id, std::uint64_t cost) : id_(std::move(id)), cost_(cost) {}
  const std::string& case_id() const override { return id_; }
  std::uint64_t cost_bytes() const override { return cost_; }
  std::optional<WorkRequest> next() override { return std::nullopt; }
  void answered(const Json&, const SharedBuffer*) override {}
  void failed(Reason, const std::string&) override {}
  CaseOutcome finish() override { return {}; }

 private:
  std::string id_;
  std::uint64_t cost_;
};

void add(CaseWindow& window, const std::string& id, std::uint64_t cost) {
  window.add(std::make_unique<Sized>(id, cost));
}

std::string take(CaseWindow& window) {
  const auto work = window.take();
  return work ? work->case_id() : "none";
}

}  // namespace

TEST_CASE("the largest goes first, of equals the one that came first") {
  CaseWindow window;
  add(window, "a", 2);
  add(window, "b", 3);
  add(window, "c", 3);
  CHECK(window.largest_cost() == 3);
  CHECK(take(window) == "b");
  CHECK(take(window) == "c");
  CHECK(take(window) == "a");
  CHECK(take(window) == "none");
  CHECK(window.largest_cost() == 0);
}

TEST_CASE("it holds 64") {
  CaseWindow window;
  for (std::size_t i = 0; i < CaseWindow::SIZE; ++i) {
    CHECK_FALSE(window.is_full());
    add(window, "x", 1);
  }
  CHECK(window.is_full());
}

TEST_CASE("a small case waits for 64 larger ones that came later, and no longer") {
  CaseWindow window;
  add(window, "small", 1);
  for (int i = 0; i < 64; ++i) {
    add(window, "large", 9);
    CHECK(take(window) == "large");
  }
  add(window, "large", 9);
  CHECK(take(window) == "small");
  CHECK(take(window) == "large");
}
