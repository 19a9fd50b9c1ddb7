#include "radbatch/report/charts.hpp"

#include <doctest/doctest.h>

#include "example_run.hpp"

using namespace radbatch;

TEST_CASE("a histogram puts the ends into the outer bins") {
  const std::vector<double> values{0.0, 0.04, 0.05, 0.5, 1.0};
  const Histogram shape = histogram(values, 0, 1, 20);
  CHECK(shape.counts[0] == 2);
  CHECK(shape.counts[1] == 1);
  CHECK(shape.counts[10] == 1);
  CHECK(shape.counts[19] == 1);
}

TEST_CASE("the outcome picture says in words what it shows") {
  const std::string picture = outcome_flow(load_run(make_example_run("flow")));
  CHECK(
      picture.find(
          "<title>What happened to the cases</title><desc>Of 6 cases: 4 done, 1 skipped, 1 failed.</desc>") !=
      std::string::npos);
  CHECK(picture.find(">2 in no case</text>") != std::string::npos);
}

TEST_CASE("a chart's name is escaped") {
  CHECK(histogram_chart({"<b>", histogram({}, 0, 1, 20), {}, {}}).find("<b>") == std::string::npos);
  CHECK(roc_chart("<b>", {}).find("<b>") == std::string::npos);
}
