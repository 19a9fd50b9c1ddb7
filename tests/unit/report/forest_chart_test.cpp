#include "radbatch/report/forest_chart.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "radbatch/report/confusion_chart.hpp"
#include "radbatch/report/timeline_chart.hpp"

using namespace radbatch;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++n;
  return n;
}

Estimate estimate(double value, double low, double high) {
  Estimate result;
  result.value = value;
  result.interval = Interval{low, high, 0.95, "Wilson"};
  result.n = 100;
  return result;
}

}  // namespace

TEST_CASE("a forest writes each estimate beside its mark, and why one is missing") {
  ForestChart chart;
  Estimate missing;
  missing.why_not = "2 cases, <10 wanted";
  chart.rows = {{.name = "F", .count = "30 / 310", .estimate = estimate(0.9, 0.85, 0.94)},
                {.name = "other", .estimate = missing}};
  const std::string picture = forest_chart(chart);
  CHECK(contains(picture, ">0.900 (0.850–0.940)</text>"));
  CHECK(contains(picture, ">30 / 310</text>"));
  CHECK(contains(picture, ">2 cases, &lt;10 wanted</text>"));
  CHECK(count(picture, "class=\"mark series-0\"") == 1);
}

TEST_CASE("negative bounds are not joined by a dash") {
  ForestChart chart;
  chart.rows = {{.name = "a", .estimate = estimate(-0.021, -0.04, -0.002)}};
  CHECK(contains(forest_chart(chart), ">−0.021 (−0.040 to −0.002)</text>"));
}

TEST_CASE("an interval that leaves the axis ends in an arrow") {
  ForestChart chart;
  chart.rows = {{.name = "a", .estimate = estimate(1.0, 0.9, 1.1)},
                {.name = "b", .estimate = estimate(1.1, 0.5, 1000)},
                {.name = "c", .estimate = estimate(1.2, 0.9, std::numeric_limits<double>::infinity())}};
  const std::string picture = forest_chart(chart);
  CHECK(count(picture, "l-6 -4v8z") == 2);
  CHECK_FALSE(contains(picture, "x2=\"inf"));
}

TEST_CASE("a forest without rows or numbers is a picture without NaN") {
  ForestChart chart;
  CHECK(contains(forest_chart(chart), "<svg"));
  Estimate odd;
  odd.value = std::numeric_limits<double>::quiet_NaN();
  chart.rows = {{.name = "odd", .estimate = odd}};
  CHECK_FALSE(contains(forest_chart(chart), "nan"));
}

TEST_CASE("a confusion chart has counts and shares of rows") {
  const std::string picture = confusion_chart({"t", "d", {"yes", "<no>"}, {{30, 10}, {0, 0}}});
  CHECK(contains(picture, ">30</text>"));
  CHECK(contains(picture, ">75.0%</text>"));
  CHECK(contains(picture, ">25.0%</text>"));
  CHECK(count(picture, ">0</text>") == 2);
  CHECK(contains(picture, "&lt;no&gt;"));
  CHECK_FALSE(contains(confusion_chart({"t", "d", {}, {}}), "nan"));
}

TEST_CASE("a time line has a segment per call, numbered as in the key") {
  TimelineChart chart{
      "t",
      "d",
      100,
      {"Preparation", "<b>"},
      {{"labels", {{0, 40, 0}, {40, 100, 1}}}, {"predicted", {{0, 99, 0}, {3, 2, 1}, {0, 1, 9}}}}};
  const std::string picture = timeline_chart(chart);
  CHECK(count(picture, "<rect class=\"segment ") == 3 + 2);  // and two in the key
  CHECK(contains(picture, "<title>Preparation 0:00–0:40</title>"));
  CHECK(count(picture, "on-series-0") == 2 + 1);
  CHECK_FALSE(contains(picture, "<b>"));
  CHECK_FALSE(
      contains(timeline_chart({"t", "d", std::numeric_limits<double>::quiet_NaN(), {}, {{"r", {}}}}), "nan"));
  CHECK(clock_text(3725) == "1:02:05");
}
