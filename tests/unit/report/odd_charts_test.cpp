// Charts of hostile words and odd numbers, drawn at random from short lists: each stays a picture.
#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <random>

#include "radbatch/report/confusion_chart.hpp"
#include "radbatch/report/forest_chart.hpp"
#include "radbatch/report/reliability_chart.hpp"
#include "radbatch/report/timeline_chart.hpp"

using namespace radbatch;

namespace {

constexpr int ROUNDS = 200;
constexpr double INFINITE = std::numeric_limits<double>::infinity();

class Odd {
 public:
  std::size_t below(std::size_t n) { return random_() % n; }
  bool coin() { return below(2) == 0; }

  std::string words() {
    static const std::array<std::string, 9> WORDS{"\"><script>alert(1)</script>",
                                                  "' onload='x",
                                                  "&nbsp;&bogus;",
                                                  "\xFF\xFE",
                                                  "\xE8\x83",
                                                  "\u202Eevil",
                                                  "",
                                                  std::string(900, 'W'),
                                                  "胸腔积液胸腔积液胸腔积液胸腔积液胸腔积液胸腔积液"};
    return WORDS[below(WORDS.size())];
  }

  double number() {
    static constexpr std::array<double, 10> NUMBERS{
        0, 1, 0.5, -1, 1e300, -1e300, 1e-320, INFINITE, -INFINITE, std::numeric_limits<double>::quiet_NaN()};
    return NUMBERS[below(NUMBERS.size())];
  }

  ChartCurve curve() {
    ChartCurve made{.name = words(), .is_step = coin(), .is_marks = coin(), .is_reference = coin()};
    for (std::size_t i = below(20); i > 0; --i) {
      made.points.push_back({number(), number()});
      made.band.push_back({number(), number(), number()});
      made.weights.push_back(number());
    }
    if (coin()) made.like = below(9);
    return made;
  }

  LineChart lines() {
    LineChart chart{words(), words(), {words(), number(), number(), coin()}, {words(), number(), number()},
                    {},      {}};
    for (std::size_t i = below(12); i > 0; --i) chart.curves.push_back(curve());
    chart.mark_x = number();
    chart.mark_name = words();
    return chart;
  }

  ForestChart forest() {
    ForestChart chart{words(), words(), words(), {}, number(), 3, words(), words()};
    for (std::size_t i = below(9); i > 0; --i) {
      Estimate estimate{number(), Interval{number(), number(), 0.95, words()}, below(99), 0, words()};
      if (coin()) estimate.interval.reset();
      if (coin()) estimate.value.reset();
      chart.rows.push_back({words(), words(), estimate, below(4) == 0, below(4) == 0});
    }
    return chart;
  }

  ConfusionChart confusion() {
    ConfusionChart chart{words(), words(), {}, {}, words(), words()};
    const std::size_t n = below(15);
    chart.counts.resize(n);
    for (auto& row : chart.counts) {
      chart.names.push_back(words());
      for (std::size_t i = 0; i < n; ++i) row.push_back(coin() ? below(3) : std::size_t{1} << below(60));
    }
    return chart;
  }

  TimelineChart timeline() {
    TimelineChart chart{words(), words(), number(), {}, {}};
    for (std::size_t i = below(10); i > 0; --i) chart.labels.push_back(words());
    for (std::size_t i = below(4); i > 0; --i) {
      chart.rows.push_back({words(), {}});
      for (std::size_t k = below(9); k > 0; --k)
        chart.rows.back().segments.push_back({number(), number(), below(12)});
    }
    return chart;
  }

 private:
  std::mt19937 random_{20};
};

/// No number is missing from an attribute, and no text has become markup.
bool is_sound(const std::string& picture) {
  for (const char* sign : {"nan", "=\"inf", "=\"-inf", " inf", " -inf", "<script", " onload='"})
    if (picture.find(sign) != std::string::npos) return false;
  return picture.starts_with("<svg ") && picture.ends_with("</svg>");
}

}  // namespace

TEST_CASE("charts of hostile words and odd numbers are sound pictures") {
  Odd odd;
  for (int round = 0; round < ROUNDS; ++round) {
    CHECK(is_sound(line_chart(odd.lines())));
    CHECK(is_sound(
        reliability_chart(odd.lines(), {{0, 1, {3, 0, 2}}, Histogram{0, 0, {1}}, odd.words(), odd.words()})));
    CHECK(is_sound(forest_chart(odd.forest())));
    CHECK(is_sound(confusion_chart(odd.confusion())));
    CHECK(is_sound(timeline_chart(odd.timeline())));
  }
}
