#include "radbatch/report/charts.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace radbatch;

TEST_CASE("a histogram puts the ends into the outer bins") {
  const std::vector<double> values{0.0, 0.04, 0.05, 0.5, 1.0};
  const Histogram shape = histogram(values, 0, 1, 20);
  CHECK(shape.counts[0] == 2);
  CHECK(shape.counts[1] == 1);
  CHECK(shape.counts[10] == 1);
  CHECK(shape.counts[19] == 1);
}

TEST_CASE("what is not finite is in no bin, and a range without extent has one") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(histogram(std::vector<double>{nan, std::numeric_limits<double>::infinity(), 0.5}, 0, 1, 2).counts ==
        std::vector<std::size_t>{0, 1});
  CHECK(histogram(std::vector<double>{3, 3}, 3, 3, 2).counts == std::vector<std::size_t>{2, 0});
  CHECK(histogram(std::vector<double>{3}, 0, 1, 0).counts.empty());
}

TEST_CASE("a chart's name is escaped") {
  CHECK(histogram_chart({"<b>", histogram({}, 0, 1, 20), {}, {}}).find("<b>") == std::string::npos);
  CHECK(roc_chart("<b>", {}).find("<b>") == std::string::npos);
}
