#include "radbatch/report/line_chart.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "radbatch/report/curve_path.hpp"
#include "radbatch/report/plot.hpp"
#include "radbatch/report/reliability_chart.hpp"
#include "radbatch/report/svg.hpp"

using namespace radbatch;

namespace {

constexpr double NOT_A_NUMBER = std::numeric_limits<double>::quiet_NaN();
constexpr double INFINITE = std::numeric_limits<double>::infinity();

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// 100 units a side, values 0 to 1.
Plot unit_plot() {
  Plot plot;
  plot.left = plot.top = 0;
  plot.width = plot.height = 100;
  return plot;
}

std::vector<std::string> tick_texts(double low, double high, int most, bool is_percent = false) {
  std::vector<std::string> texts;
  for (const Tick& tick : ticks({"", low, high, is_percent}, most)) texts.push_back(tick.text);
  return texts;
}

}  // namespace

TEST_CASE("ticks stand at round values") {
  using Texts = std::vector<std::string>;
  CHECK(tick_texts(0, 1, 5) == Texts{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(tick_texts(0, 1, 5, true) == Texts{"0%", "20%", "40%", "60%", "80%", "100%"});
  CHECK(tick_texts(-0.05, 0.15, 5) == Texts{"−0.05", "0.00", "0.05", "0.10", "0.15"});
  CHECK(tick_texts(0, 1234, 5) == Texts{"0", "500", "1000"});
}

TEST_CASE("a curve is cut at the frame and interrupted where it is not a number") {
  CHECK(curve_path(unit_plot(), {{0, 0}, {1, 1}}, false) == "M0 100 100 0");
  CHECK(curve_path(unit_plot(), {{0, 0.5}, {1, 1.5}}, false) == "M0 50 50 0");
  CHECK(curve_path(unit_plot(), {{-1, 0.5}, {2, 0.5}}, false) == "M0 50 100 50");
  CHECK(curve_path(unit_plot(), {{0, 0}, {0.2, 0}, {NOT_A_NUMBER, 0}, {0.6, 0}, {0.8, 0}}, false) ==
        "M0 100 20 100M60 100 80 100");
  CHECK(curve_path(unit_plot(), {{0, 2}, {1, 3}}, false).empty());
  CHECK(curve_path(unit_plot(), {{0, INFINITE}, {1, 1}}, false).empty());
  CHECK(curve_path(unit_plot(), {{0, 0}, {0.5, 0.5}, {1, 1}}, true) == "M0 100 50 100 50 50 100 50 100 0");
}

TEST_CASE("a curve of a million points is some kilobytes and stays within a tenth of a unit") {
  std::mt19937 random(7);
  std::vector<ChartPoint> points{{0, 0}};
  for (int i = 1; i <= 1'000'000; ++i)
    points.push_back({i / 1e6, std::sqrt(i / 1e6) + 1e-5 * (random() % 3)});
  const std::string path = curve_path(unit_plot(), points, false);
  CHECK(path.size() < 2000);
  const std::vector<ChartPoint> kept = simplified({{0, 0}, {1, 0.05}, {2, 0}, {3, 1}, {4, 0}}, 0.1);
  CHECK(kept.size() == 4);  // the 0.05 is left out
}

TEST_CASE("a band is cut at the frame; less than two places draw nothing") {
  CHECK(band_path(unit_plot(), {{0, -1, 0.5}, {1, 0.5, 2}}) == "M0 50 100 0 100 50 0 100Z");
  CHECK(band_path(unit_plot(), {{0, 0, 1}}).empty());
  CHECK(band_path(unit_plot(), {{0, 0, 1}, {NOT_A_NUMBER, 0, 1}}).empty());
}

TEST_CASE("a chart says its title and description, and no text of others is markup") {
  LineChart chart;
  chart.title = "</title><script>";
  chart.description = "from A to B";
  chart.x.title = "<b>x";
  chart.curves = {{.name = "\"><img src=x onerror=alert(1)>", .points = {{0, 0}, {1, 1}}}};
  const std::string picture = line_chart(chart);
  CHECK(
      contains(picture, "role=\"img\"><title>&lt;/title&gt;&lt;script&gt;</title><desc>from A to B</desc>"));
  for (const char* markup : {"<script", "<img", "<b>"}) CHECK_FALSE(contains(picture, markup));
}

TEST_CASE("curves that are no references have series in their order; an operating point takes its curve's") {
  LineChart chart;
  chart.curves = {{.name = "chance", .points = {{0, 0}, {1, 1}}, .is_reference = true},
                  {.name = "a", .points = {{0, 0}, {1, 1}}},
                  {.name = "b", .points = {{0, 0}, {1, 0.9}}},
                  {.name = "a's threshold", .points = {{0.3, 0.8}}, .is_marks = true, .like = 1}};
  const std::string picture = line_chart(chart);
  CHECK(contains(picture, "<path class=\"curve reference reference-0\""));
  CHECK(contains(picture, "<path class=\"curve series-0\""));
  CHECK(contains(picture, "<path class=\"curve series-1\""));
  CHECK(contains(picture, "<circle class=\"mark series-0\""));
}

TEST_CASE("axes without extent, points that are no numbers and no curves at all draw no NaN") {
  LineChart chart;
  chart.x = {"x", 3, 3};
  chart.y = {"y", NOT_A_NUMBER, INFINITE};
  chart.mark_x = NOT_A_NUMBER;
  CHECK_FALSE(contains(line_chart(chart), "nan"));
  chart.curves = {{.name = "",
                   .points = {{NOT_A_NUMBER, 1}},
                   .is_marks = true,
                   .band = {{0, NOT_A_NUMBER, 1}},
                   .weights = {NOT_A_NUMBER}}};
  const std::string picture = line_chart(chart);
  CHECK_FALSE(contains(picture, "nan"));
  CHECK_FALSE(contains(picture, "inf"));
  CHECK_FALSE(contains(reliability_chart(chart, {{0, 1, {}}, Histogram{0, 0, {0, 0}}}), "nan"));
}

TEST_CASE("text is cut between characters, and wrapped between words or ideographs") {
  CHECK(svg::shortened("effusion", 200) == "effusion");
  CHECK(svg::shortened("胸腔积液和肺不张", 45) == "胸腔积…");
  CHECK(svg::wrapped("cases with a label", 60, 3) == std::vector<std::string>{"cases with", "a label"});
  CHECK(svg::wrapped("有标签且有结果", 45, 3) == std::vector<std::string>{"有标签且", "有结果"});
  CHECK(svg::shortened("\xE8", 1) != "");  // bytes that are no text end, too
}
