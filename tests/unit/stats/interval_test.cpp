#include "radbatch/stats/interval.hpp"

#include <doctest/doctest.h>

using namespace radbatch;

// Expected: scipy.stats.binomtest(k, n).proportion_ci(level, "wilson")
TEST_CASE("Wilson's interval as scipy gives it") {
  auto check = [](std::size_t k, std::size_t n, double level, double low, double high) {
    const Proportion result = proportion(k, n, level);
    CHECK(result.interval->low == doctest::Approx(low).epsilon(1e-12));
    CHECK(result.interval->high == doctest::Approx(high).epsilon(1e-12));
  };
  check(7, 10, 0.95, 0.39677814746114526, 0.892208732593699);
  check(81, 263, 0.95, 0.2552885198782742, 0.36620957698280004);
  check(0, 12, 0.95, 0.0, 0.24249400665524085);
  check(12, 12, 0.95, 0.7575059933447592, 1.0);
  check(7, 10, 0.90, 0.4416997958698351, 0.8731234160968021);
}

TEST_CASE("nothing of nothing has no value") {
  CHECK_FALSE(proportion(0, 0).value);
  CHECK_FALSE(proportion(0, 0).interval);
}
