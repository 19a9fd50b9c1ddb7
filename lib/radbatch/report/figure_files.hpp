// The report's figures as files for a manuscript: SVG, PDF and PNG in a journal's width.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace radbatch {

struct Figure;

struct FigureOptions {
  std::filesystem::path folder;             ///< empty: no figures are written
  std::vector<std::string> formats{"svg"};  ///< of "svg", "pdf", "png"
  double width_mm = 85;                     ///< one column; two are about 174
  int dots_per_inch = 300;                  ///< of PNG files
};

/// Writes folder/<id>.<format> for each figure, and captions.md with their titles and captions. A figure
/// whose words would be smaller than 6 points at that width is written 174 mm wide. PDF and PNG are made by
/// rsvg-convert, which embeds fonts. Returns what to tell the user. Throws Error(ExitCode::output), or
/// Error(ExitCode::usage) that names the package where rsvg-convert is missing.
std::vector<std::string> write_figures(const std::vector<Figure>& figures, const FigureOptions& options);

/// The figure as a file of its own: with its size, the style in light colours and a white ground. Well-formed
/// XML whatever the texts in it are. Throws Error(ExitCode::internal) for what is no <svg> with a viewBox.
std::string standalone_svg(const Figure& figure, double width_mm);
/// The width that the file gets when `asked` is wanted.
double figure_width(const Figure& figure, double asked_mm);
/// PNG bytes with their resolution in a pHYs chunk (PNG specification, section 11.3.5.3), as journals check
/// it.
std::string with_resolution(const std::string& png, int dots_per_inch);

}  // namespace radbatch
