#include "radbatch/base/parallel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

using namespace radbatch;

TEST_CASE("every item is worked on once, whatever the number of threads") {
  for (const std::size_t threads : {0, 1, 2, 8, 200}) {
    std::vector<std::atomic<int>> visits(100);
    parallel_for(visits.size(), threads, [&](std::size_t i) { ++visits[i]; });
    for (const auto& n : visits) CHECK(n == 1);
  }
  parallel_for(0, 4, [](std::size_t) { FAIL("there is nothing to do"); });
}

TEST_CASE("the fault of the lowest item comes out, as if they had run in order") {
  const auto work = [](std::size_t i) {
    if (i >= 7) throw std::runtime_error(std::to_string(i));
  };
  for (const std::size_t threads : {1, 2, 8})
    CHECK_THROWS_WITH_AS(parallel_for(50, threads, work), "7", std::runtime_error);
}
