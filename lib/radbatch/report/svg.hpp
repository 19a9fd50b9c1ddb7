// The pieces of the report's pictures: shapes and words as SVG, in a frame that says to a screen reader what
// it shows.
//
// Nothing here names a colour. Shapes carry classes of the style sheet (chart_style.hpp), so that one picture
// is right on a light page, on a dark one, on paper and as a file of its own. One unit is about one CSS pixel
// on a narrow screen; words are 10 to 12.5 units high.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace radbatch::svg {

/// Pictures up to this width fit a narrow screen; wider ones scroll inside their figure.
inline constexpr double NARROW = 360;
/// Height of the words of the class "soft", in units.
inline constexpr double SMALL_TEXT = 10.5;

std::string number(double value);  ///< at most one decimal: "12.5", "7"
std::string attributes(std::initializer_list<std::pair<const char*, std::string>> pairs);

std::string rectangle(double x, double y, double width, double height, const std::string& kind);
std::string line(double x1, double y1, double x2, double y2, const std::string& kind);
/// `content` is HTML.
std::string label(double x, double y, const std::string& kind, const std::string& content);
/// Text from outside, cut with an ellipsis to `width` units and escaped; what was cut is in its tooltip.
std::string fitted_label(double x, double y, const std::string& kind, const std::string& text, double width,
                         double size = SMALL_TEXT);
/// Reads from below to above, centred at the point. `content` is HTML.
std::string upright_label(double x, double y, const std::string& kind, const std::string& content);
/// A mark of the series' own form around a point; `radius` 4 is the usual size.
std::string mark(double x, double y, double radius, std::size_t series, const std::string& kind);

/// About how many units a text takes; ideographs are as wide as high.
double text_width(std::string_view text, double size = SMALL_TEXT);
/// Cut at the end of a character, with "…", so that it takes no more than `width` units.
std::string shortened(const std::string& text, double width, double size = SMALL_TEXT);
/// Text in lines of at most `width` units, broken at spaces or between ideographs; the last of `most` lines
/// is shortened.
std::vector<std::string> wrapped(const std::string& text, double width, std::size_t most,
                                 double size = SMALL_TEXT);

/// The whole picture. `title` and `description` are plain text.
std::string picture(double width, double height, const std::string& kind, const std::string& title,
                    const std::string& description, const std::string& inner);

/// "series-0" ... "series-7": colour and dash pattern of a curve; they come again after eight.
inline constexpr std::size_t N_SERIES = 8;
std::string series_class(std::size_t series);

}  // namespace radbatch::svg
