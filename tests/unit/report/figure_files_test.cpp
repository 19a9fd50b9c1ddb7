#include "radbatch/report/figure_files.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/program.hpp"
#include "radbatch/report/language.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/report/svg.hpp"

using namespace radbatch;

namespace {

namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Figure figure(const std::string& id, double width, const std::string& words) {
  return {id, "Title", "Caption.",
          svg::picture(width, 100, "line", words, "d", svg::label(5, 50, "", words))};
}

FigureOptions options_for(const std::string& name, std::vector<std::string> formats) {
  FigureOptions options;
  options.folder = fs::temp_directory_path() / ("radbatch-unit-figures-" + name);
  fs::remove_all(options.folder);
  options.formats = std::move(formats);
  return options;
}

bool has_program(const std::string& name) {
  return run_program({name, "--version"}).status == 0;
}

}  // namespace

TEST_CASE("a figure's file has its size, its style and no variables") {
  const std::string svg = standalone_svg(figure("a", 340, "w"), 85);
  CHECK(svg.starts_with(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 340.0 100.0\" width=\"85.00mm\" "
      "height=\"25.00mm\" role=\"img\"><title>w</title><desc>d</desc>\n<style>"));
  CHECK_FALSE(contains(svg, "var("));
  CHECK_FALSE(contains(svg, "max-width"));
  CHECK(contains(svg, "Noto Sans CJK SC"));
}

TEST_CASE("what XML does not allow becomes U+FFFD, and HTML's one entity a space") {
  Figure odd = figure("a", 340, "w");
  odd.svg = "<svg viewBox=\"0 0 9 9\"><text>5&nbsp;% \xFF \xEF\xBF\xBF \x01</text></svg>";
  CHECK(contains(standalone_svg(odd, 85), "<text>5\u00A0% \uFFFD \uFFFD \uFFFD</text>"));
  odd.svg = "<svg></svg>";
  CHECK_THROWS_WITH_AS(standalone_svg(odd, 85), "figure a has no viewBox", Error);
}

TEST_CASE("a wide figure takes two columns rather than words below 6 points") {
  CHECK(figure_width(figure("a", 360, "w"), 85) == 85);
  CHECK(figure_width(figure("a", 560, "w"), 85) == 174);
  CHECK(figure_width(figure("a", 560, "w"), 200) == 200);
}

TEST_CASE("figures stay in their folder, each under a name of its own") {
  const FigureOptions options = options_for("names", {"svg"});
  const std::string long_id(3000, 'w');
  write_figures({figure("../roc", 340, "a"), figure("roc", 340, "b"), figure("ROC", 340, "c"),
                 figure(long_id, 340, "d")},
                options);
  CHECK(fs::exists(options.folder / (std::string(100, 'w') + ".svg")));
  CHECK(fs::exists(options.folder / "---roc.svg"));
  CHECK(fs::exists(options.folder / "roc.svg"));
  CHECK(fs::exists(options.folder / "ROC-2.svg"));
  CHECK_FALSE(fs::exists(options.folder.parent_path() / "roc.svg"));
  CHECK(contains(read_file(options.folder / "captions.md"), "**Title.** Caption. (`roc`)"));
}

TEST_CASE("without a folder or figures nothing is written") {
  CHECK(write_figures({figure("a", 340, "w")}, FigureOptions()).empty());
  const FigureOptions options = options_for("none", {"svg"});
  CHECK(write_figures({}, options).empty());
  CHECK_FALSE(fs::exists(options.folder));
}

TEST_CASE("a missing rsvg-convert names the package, and leaves no file behind") {
  const FigureOptions options = options_for("missing", {"pdf"});
  const std::string path = std::getenv("PATH");
  const fs::path bin = fs::temp_directory_path() / "radbatch-unit-figures-bin";
  make_folder(bin);
  ::setenv("PATH", bin.c_str(), 1);
  CHECK_THROWS_WITH_AS(write_figures({figure("a", 340, "w")}, options),
                       "figures as pdf are made by rsvg-convert, which is not installed", Error);
  ::setenv("PATH", path.c_str(), 1);
  CHECK_FALSE(fs::exists(options.folder));
}

TEST_CASE("PNG files tell their resolution") {
  const std::string png = std::string("\x89PNG\r\n\x1A\n", 8) + std::string(25, 'h') + "rest";
  const std::string with = with_resolution(png, 300);
  // 11811 dots per metre, and the CRC that libpng writes.
  CHECK(with.substr(33, 21) == std::string("\0\0\0\x09pHYs\0\0\x2E\x23\0\0\x2E\x23\x01\x78\xA5\x3F\x76", 21));
  CHECK(with.substr(54) == "rest");
}

TEST_CASE("PDF and PNG have the width that was asked for") {
  if (!has_program("rsvg-convert")) {
    MESSAGE("skipped: rsvg-convert is not installed");
    return;
  }
  const FigureOptions options = options_for("sizes", {"pdf", "png"});
  write_figures({figure("a", 340, "胸腔积液")}, options);
  const std::string png = read_file(options.folder / "a.png");
  const auto width = static_cast<unsigned char>(png[18]) * 256 + static_cast<unsigned char>(png[19]);
  CHECK(width == 1004);  // 85 mm at 300 dots per inch
  CHECK(read_file(options.folder / "a.pdf").starts_with("%PDF-"));
  CHECK_FALSE(fs::exists(options.folder / "a.svg"));
  const std::string first = read_file(options.folder / "a.pdf");
  write_figures({figure("a", 340, "胸腔积液")}, options);
  CHECK(read_file(options.folder / "a.pdf") == first);
}
