// Colours judged by the formulas of WCAG 2.2 (relative luminance, contrast ratio) and, for red-green and blue
// blindness, by the matrices of Machado, Oliveira and Fernandes, IEEE Trans Vis Comput Graph 15 (2009)
// 1291-1298, severity 1, and the distance in Oklab (Ottosson, 2020).
#include "radbatch/report/palette.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "radbatch/report/confusion_chart.hpp"
#include "radbatch/report/page.hpp"

using namespace radbatch;

namespace {

using Rgb = std::array<double, 3>;  ///< 0 to 1
using Matrix = std::array<Rgb, 3>;

Rgb rgb(std::string_view hex) {
  Rgb colour{};
  for (std::size_t i = 0; i < 3; ++i)
    colour[i] = std::strtol(std::string(hex.substr(1 + 2 * i, 2)).c_str(), nullptr, 16) / 255.0;
  return colour;
}

Rgb linear(const Rgb& colour) {
  Rgb out{};
  std::ranges::transform(colour, out.begin(), [](double c) {
    return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  });
  return out;
}

Rgb times(const Matrix& m, const Rgb& v) {
  Rgb out{};
  for (std::size_t i = 0; i < 3; ++i) out[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
  return out;
}

double luminance(const Rgb& colour) {
  const Rgb l = linear(colour);
  return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2];
}

double contrast(const Rgb& a, const Rgb& b) {
  const auto [dark, light] = std::minmax({luminance(a), luminance(b)});
  return (light + 0.05) / (dark + 0.05);
}

Rgb over(const Rgb& top, const Rgb& paper, double opacity) {
  Rgb out{};
  for (std::size_t i = 0; i < 3; ++i) out[i] = opacity * top[i] + (1 - opacity) * paper[i];
  return out;
}

Rgb named(std::string_view name, bool is_dark) {
  const auto colour = std::ranges::find(palette(), name, &Colour::name);
  REQUIRE(colour != palette().end());
  return rgb(is_dark ? colour->dark : colour->light);
}

Rgb oklab(Rgb light) {
  for (double& c : light) c = std::clamp(c, 0.0, 1.0);
  Rgb cones = times({{{0.4122214708, 0.5363325363, 0.0514459929},
                      {0.2119034982, 0.6806995451, 0.1073969566},
                      {0.0883024619, 0.2817188376, 0.6299787005}}},
                    light);
  for (double& c : cones) c = std::cbrt(c);
  return times({{{0.2104542553, 0.7936177850, -0.0040720468},
                 {1.9779984951, -2.4285922050, 0.4505937099},
                 {0.0259040371, 0.7827717662, -0.8086757660}}},
               cones);
}

constexpr Matrix PROTAN{
    {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}};
constexpr Matrix DEUTAN{
    {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}};
constexpr Matrix TRITAN{
    {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}};

double distance(const Rgb& a, const Rgb& b, const Matrix& eyes) {
  const Rgb p = oklab(times(eyes, linear(a))), q = oklab(times(eyes, linear(b)));
  return std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

}  // namespace

TEST_CASE("words have a contrast of 4.5 on what they stand on, light and dark") {
  using Pair = std::pair<std::string_view, std::string_view>;
  for (const bool is_dark : {false, true})
    for (const auto& [words, ground] : {Pair{"ink", "paper"},
                                        Pair{"soft", "paper"},
                                        Pair{"blue", "paper"},
                                        Pair{"red", "paper"},
                                        Pair{"ink", "wash"},
                                        Pair{"soft", "wash"},
                                        Pair{"blue", "wash"},
                                        Pair{"ink", "notice"},
                                        Pair{"on-strong", "badge-done"},
                                        Pair{"on-strong", "badge-failed"},
                                        Pair{"on-strong", "badge-interrupted"},
                                        Pair{"ink", "badge-skipped"},
                                        Pair{"badge-refused-ink", "badge-refused"},
                                        Pair{"on-dark-hue", "series-0"},
                                        Pair{"on-light-hue", "series-1"},
                                        Pair{"on-dark-hue", "series-2"},
                                        Pair{"on-light-hue", "series-3"},
                                        Pair{"on-dark-hue", "series-4"},
                                        Pair{"on-light-hue", "series-5"},
                                        Pair{"on-light-hue", "series-6"},
                                        Pair{"on-light-hue", "series-7"}}) {
      CAPTURE(words);
      CAPTURE(ground);
      CHECK(contrast(named(words, is_dark), named(ground, is_dark)) >= 4.5);
    }
}

TEST_CASE("words in a cell of a confusion matrix have a contrast of 4.5 whatever the share") {
  for (const bool is_dark : {false, true})
    for (const std::string_view colour : {"right", "wrong"})
      for (int percent = 1; percent <= 100; ++percent) {
        const double share = percent / 100.0;
        const Rgb cell = over(named(colour, is_dark), named("paper", is_dark), cell_opacity(share));
        CHECK(contrast(named(share >= STRONG_CELL ? "on-strong" : "ink", is_dark), cell) >= 4.5);
      }
}

TEST_CASE("curves, marks and areas have a contrast of 3 on the paper, light and dark") {
  for (const bool is_dark : {false, true})
    for (const Colour& colour : palette()) {
      const bool is_drawn = colour.name.starts_with("series-") || colour.name == "grey" ||
                            colour.name == "done" || colour.name == "skipped" || colour.name == "refused" ||
                            colour.name == "failed" || colour.name == "interrupted" || colour.name == "edge";
      if (is_drawn) CHECK(contrast(named(colour.name, is_dark), named("paper", is_dark)) >= 3);
    }
}

TEST_CASE("the first four curves stay apart for colour-blind eyes") {
  for (const bool is_dark : {false, true})
    for (const Matrix& eyes : {PROTAN, DEUTAN, TRITAN})
      for (int i = 0; i < 4; ++i)
        for (int j = 0; j < i; ++j)
          CHECK(distance(named("series-" + std::to_string(i), is_dark),
                         named("series-" + std::to_string(j), is_dark), eyes) > 0.07);
}

TEST_CASE("every curve has a dash pattern of its own, and every colour that the style names exists") {
  const std::string rules = style_sheet();
  std::vector<std::string> dashes;
  for (int i = 1; i < 8; ++i) {
    const std::size_t at = rules.find("svg .series-" + std::to_string(i) + " {");
    const std::size_t dash = rules.find("dasharray:", at);
    dashes.push_back(rules.substr(dash, rules.find(';', dash) - dash));
  }
  std::ranges::sort(dashes);
  CHECK(std::ranges::adjacent_find(dashes) == dashes.end());
  for (std::size_t at = 0; (at = rules.find("var(--", at)) != std::string::npos; ++at) {
    const std::string name = rules.substr(at + 6, rules.find(')', at) - at - 6);
    CAPTURE(name);
    CHECK(std::ranges::find(palette(), name, &Colour::name) != palette().end());
  }
  CHECK(with_light_colours(chart_rules()).find("var(") == std::string::npos);
}
