#include "radbatch/cli/report_figure_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/cli/values.hpp"

namespace radbatch {
namespace {

std::vector<std::string> parse_formats(const std::string& word) {
  static constexpr std::array<std::string_view, 3> KNOWN{"svg", "pdf", "png"};
  std::vector<std::string> formats;
  for (const std::string& format : split(word, ',')) {
    if (std::ranges::find(KNOWN, format) == KNOWN.end())
      throw Error(ExitCode::usage, "expected svg, pdf or png, not '" + printable(format) + "'",
                  "several with commas: --figure-format svg,pdf,png");
    if (std::ranges::find(formats, format) == formats.end()) formats.push_back(format);
  }
  return formats;
}

/// "85mm", "8.5cm", "3.35in" in millimetres.
double parse_width(const std::string& word) {
  static constexpr std::array<std::pair<std::string_view, double>, 3> UNITS{
      {{"mm", 1}, {"cm", 10}, {"in", 25.4}}};
  double value = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), value);
  const std::string_view unit(read.ptr, static_cast<std::size_t>(word.data() + word.size() - read.ptr));
  for (const auto& [name, millimetres] : UNITS) {
    const double width = value * millimetres;
    if (read.ec == std::errc() && unit == name && width >= 20 && width <= 500) return width;
  }
  throw Error(ExitCode::usage,
              "expected a width from 20mm to 500mm, such as 85mm, not '" + printable(word) + "'");
}

int parse_dots(const std::string& word) {
  const std::uint64_t dots = parse_count(word);
  if (dots >= 50 && dots <= 2400) return static_cast<int>(dots);
  throw Error(ExitCode::usage, "expected dots per inch from 50 to 2400, not '" + printable(word) + "'");
}

}  // namespace

void declare_report_figure_options(CommandLine& line, FigureOptions& options) {
  line.option({.names = "--figures",
               .metavar = "DIR",
               .help = "Write each figure as a file of its own, sized for a journal",
               .shown = Shown::common,
               .set = [&options](const std::string& word) { options.folder = word; }});
  line.option({.names = "--figure-format",
               .metavar = "LIST",
               .help = "svg, pdf, png; pdf and png are made by rsvg-convert",
               .standard = "svg",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.formats = parse_formats(word); }});
  line.option({.names = "--figure-width",
               .metavar = "WIDTH",
               .help = "Width of a figure: 85mm is one column of most journals, 174mm two",
               .standard = "85mm",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.width_mm = parse_width(word); }});
  line.option({.names = "--dpi",
               .metavar = "N",
               .help = "Dots per inch of PNG figures",
               .standard = "300",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.dots_per_inch = parse_dots(word); }});
}

}  // namespace radbatch
