// The colours of the report, each for light and for dark paper, in one table: the style sheet, figures of
// their own and the tests of contrast read it.
//
// Curves have eight hues that stay apart for red-green blindness, after Okabe and Ito (2008), with lightness
// as the second difference; dash patterns and marks are the third.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace radbatch {

struct Colour {
  std::string_view name;   ///< "ink": var(--ink) in the style sheet
  std::string_view light;  ///< "#1d2733"
  std::string_view dark;
};

std::span<const Colour> palette();

/// "--ink: #1d2733; --soft: ..." for :root.
std::string colour_variables(bool is_dark);
/// The rules with every var(--name) replaced by its light colour, for readers of SVG that know no variables.
std::string with_light_colours(std::string_view rules);

/// Rules for what stands in pictures; colours by var(--name).
std::string_view chart_rules();

}  // namespace radbatch
