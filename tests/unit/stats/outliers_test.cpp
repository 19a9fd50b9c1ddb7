#include "radbatch/stats/outliers.hpp"

#include <doctest/doctest.h>

using namespace radbatch;
using Values = std::vector<std::optional<double>>;

TEST_CASE("a value far from the others is an outlier, the others and missing ones are not") {
  const Values values{1.0, 1.1, 0.9, 1.05, std::nullopt, 0.95, 1.0, 1.02, 0.98, 5.0};
  const std::vector<bool> found = robust_outliers(values);
  CHECK(found == std::vector<bool>{false, false, false, false, false, false, false, false, false, true});
}

TEST_CASE("the threshold is 3.5 in units of MAD / 0.6745") {
  // median 0, MAD 1: |z| = 0.6745 x
  Values values{-1.0, -1.0, -1.0, -1.0, 1.0, 1.0, 1.0, 1.0, 5.18};
  values.push_back(-5.18);
  CHECK_FALSE(robust_outliers(values).back());
  values.back() = -5.2;
  values[8] = 5.2;
  CHECK(robust_outliers(values).back());
  CHECK(robust_outliers(values)[8]);
}

TEST_CASE("among equal values a different one is an outlier, a rounding error is not") {
  Values values(20, 0.7);
  values.push_back(3.0);
  CHECK(robust_outliers(values).back());
  values.back() = 0.7 * (1 + 1e-7);
  CHECK_FALSE(robust_outliers(values).back());
}

TEST_CASE("few values have no outliers") {
  CHECK(robust_outliers(Values{1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 100.0}) == std::vector<bool>(7, false));
  CHECK(robust_outliers({}).empty());
}
