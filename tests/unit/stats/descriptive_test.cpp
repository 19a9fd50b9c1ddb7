#include "radbatch/stats/descriptive.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace radbatch;

// numpy.quantile(x, p) and statistics.stdev(x) of CPython give these.
TEST_CASE("quantiles are those of R's default and numpy") {
  const std::vector<double> x{1.5, 2.25, 4, 7.75, 11};
  CHECK(*quantile(x, 0.1) == doctest::Approx(1.8).epsilon(1e-12));
  CHECK(*quantile(x, 0.25) == doctest::Approx(2.25).epsilon(1e-12));
  CHECK(*quantile(x, 0.9) == doctest::Approx(9.7).epsilon(1e-12));
  CHECK(*quantile(x, 0) == 1.5);
  CHECK(*quantile(x, 1) == 11);
  CHECK(*quantile(std::vector{3.0}, 0.7) == 3);
  CHECK_FALSE(quantile({}, 0.5));
}

TEST_CASE("mean and standard deviation with n - 1") {
  const std::vector<double> x{1.5, 2.25, 4, 7.75, 11};
  CHECK(*mean_and_sd(x).mean == doctest::Approx(5.3).epsilon(1e-12));
  CHECK(*mean_and_sd(x).sd == doctest::Approx(3.997655562951866).epsilon(1e-12));
  CHECK_FALSE(mean_and_sd(std::vector{1.0}).sd);
  CHECK_FALSE(mean_and_sd({}).mean);
}
