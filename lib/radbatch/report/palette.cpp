#include "radbatch/report/palette.hpp"

#include <algorithm>
#include <array>

namespace radbatch {
namespace {

constexpr std::array COLOURS{
    Colour{"paper", "#ffffff", "#12171d"},
    Colour{"wash", "#f5f7f9", "#1b232b"},
    Colour{"rule", "#dde3e9", "#2e3944"},
    Colour{"ink", "#1d2733", "#e6ebf0"},
    Colour{"soft", "#5b6773", "#a3afbb"},
    Colour{"blue", "#1d5f9a", "#7cb8ec"},
    Colour{"red", "#a8382a", "#f28b7d"},
    Colour{"grey", "#7d8a97", "#7d8a97"},
    Colour{"notice", "#fcf4ec", "#2b2118"},
    Colour{"edge", "#d9781c", "#e0842c"},
    // What became of a case, as areas; their words stand beside them.
    Colour{"done", "#2e689e", "#6aa7de"},
    Colour{"skipped", "#7d8a97", "#8a96a2"},
    Colour{"refused", "#c86f1f", "#e0842c"},
    Colour{"failed", "#a8382a", "#e5776a"},
    Colour{"interrupted", "#75599a", "#a98fd0"},
    // The same as badges: words on an area.
    Colour{"badge-done", "#1d5f9a", "#24517c"},
    Colour{"badge-failed", "#a8382a", "#8c3a2f"},
    Colour{"badge-interrupted", "#6f5592", "#5d477d"},
    Colour{"badge-skipped", "#e4e9ee", "#33404c"},
    Colour{"badge-refused", "#f6dfc6", "#5c3f1c"},
    Colour{"badge-refused-ink", "#5c3409", "#f8e2c8"},
    Colour{"on-strong", "#ffffff", "#ffffff"},
    // Words on the dark and on the light ones among the eight hues.
    Colour{"on-dark-hue", "#ffffff", "#000000"},
    Colour{"on-light-hue", "#000000", "#000000"},
    // Cells of a confusion matrix at their strongest.
    Colour{"right", "#17538a", "#24517c"},
    Colour{"wrong", "#8a420a", "#8a4a12"},
    Colour{"series-0", "#1d5f9a", "#74b4ee"},
    Colour{"series-1", "#d9781c", "#e0842c"},
    Colour{"series-2", "#0c4f43", "#a6ebd0"},
    Colour{"series-3", "#bf62a7", "#b56ac6"},
    Colour{"series-4", "#8c2418", "#f4b3a8"},
    Colour{"series-5", "#4a96c9", "#6f8fdc"},
    Colour{"series-6", "#7a7a10", "#d9c840"},
    Colour{"series-7", "#7d8a96", "#96a2ad"},
};

// Plain selectors only: readers of SVG other than browsers take these too.
constexpr std::string_view RULES = R"css(
svg text { font-size: 11px; fill: var(--ink); }
svg text.strong { font-size: 12.5px; font-weight: 600; } svg text.small { font-size: 11px; }
svg text.soft { fill: var(--soft); font-size: 10.5px; font-weight: 400; }
svg text.tiny { font-size: 9.5px; }
svg text.middle { text-anchor: middle; } svg text.end { text-anchor: end; }
svg text.halo { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
svg text.on-strong { fill: var(--on-strong); }
svg text.on-series-0, svg text.on-series-2, svg text.on-series-4 { fill: var(--on-dark-hue); }
svg text.on-series-1, svg text.on-series-3, svg text.on-series-5, svg text.on-series-6, svg text.on-series-7 { fill: var(--on-light-hue); }
svg .frame { fill: none; stroke: var(--grey); stroke-width: 1; } svg .axis { stroke: var(--grey); stroke-width: 1; }
svg .grid { stroke: var(--rule); stroke-width: .8; }
svg .threshold { stroke: var(--red); stroke-width: 1.1; stroke-dasharray: 4 3; }
svg .score { fill: var(--done); } svg .rest { fill: var(--grey); }
svg .box { fill: var(--wash); stroke: var(--grey); stroke-width: 1; } svg .box.aside { fill: var(--paper); stroke-dasharray: 3 2; }
svg .arrow { fill: none; stroke: var(--soft); stroke-width: 1.2; } svg .arrow-head { fill: var(--soft); }
svg .done { fill: var(--done); } svg .skipped { fill: var(--skipped); } svg .refused { fill: var(--refused); }
svg .failed { fill: var(--failed); } svg .interrupted { fill: var(--interrupted); }
svg .right { fill: var(--right); } svg .wrong { fill: var(--wrong); } svg .cell { fill: none; stroke: var(--rule); }
svg .curve { stroke: var(--series-0); }
svg .series-0 { fill: var(--series-0); stroke: var(--series-0); }
svg .series-1 { fill: var(--series-1); stroke: var(--series-1); stroke-dasharray: 7 3; }
svg .series-2 { fill: var(--series-2); stroke: var(--series-2); stroke-dasharray: 2 2.5; }
svg .series-3 { fill: var(--series-3); stroke: var(--series-3); stroke-dasharray: 9 3 2 3; }
svg .series-4 { fill: var(--series-4); stroke: var(--series-4); stroke-dasharray: 14 4; }
svg .series-5 { fill: var(--series-5); stroke: var(--series-5); stroke-dasharray: 4 2 1 2 1 2; }
svg .series-6 { fill: var(--series-6); stroke: var(--series-6); stroke-dasharray: 5 5; }
svg .series-7 { fill: var(--series-7); stroke: var(--series-7); stroke-dasharray: 12 2 3 2; }
svg .reference { fill: none; stroke: var(--grey); } svg .reference-1 { stroke-dasharray: 6 3; } svg .reference-2 { stroke-dasharray: 2 2; }
svg .curve { fill: none; stroke-width: 1.9; stroke-linejoin: round; } svg .curve.reference { stroke-width: 1.2; }
svg .band { stroke: none; fill-opacity: .17; } svg .bar { stroke-width: 1.3; stroke-dasharray: none; }
svg .mark { stroke: var(--paper); stroke-width: .8; stroke-dasharray: none; }
svg .mark.hollow { fill: var(--paper); stroke: var(--series-0); stroke-width: 1.4; }
svg .segment { stroke: var(--paper); stroke-width: .6; stroke-dasharray: none; }
svg .ribbon { fill-opacity: .28; }
)css";

}  // namespace

std::span<const Colour> palette() {
  return COLOURS;
}

std::string colour_variables(bool is_dark) {
  std::string out;
  for (const Colour& colour : COLOURS)
    out.append(" --")
        .append(colour.name)
        .append(": ")
        .append(is_dark ? colour.dark : colour.light)
        .append(";");
  return out;
}

std::string with_light_colours(std::string_view rules) {
  constexpr std::string_view OPEN = "var(--";
  std::string out;
  for (std::size_t at = 0; at < rules.size();) {
    const std::size_t open = rules.find(OPEN, at);
    out += rules.substr(at, open - at);
    if (open == std::string_view::npos) break;
    const std::size_t close = rules.find(')', open);
    const std::string_view name = rules.substr(open + OPEN.size(), close - open - OPEN.size());
    const auto colour = std::ranges::find(COLOURS, name, &Colour::name);
    out += colour == COLOURS.end() ? std::string_view("currentColor") : colour->light;
    at = close + 1;
  }
  return out;
}

std::string_view chart_rules() {
  return RULES;
}

}  // namespace radbatch
