#include "radbatch/cli/report_figure_options.hpp"

#include <doctest/doctest.h>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

FigureOptions parsed(std::vector<const char*> words) {
  FigureOptions options;
  CommandLine line("tool", "Summary.", "tool");
  line.group("Figures");
  declare_report_figure_options(line, options);
  words.insert(words.begin(), "tool");
  line.parse(static_cast<int>(words.size()), words.data());
  return options;
}

}  // namespace

TEST_CASE("figure options take journals' units") {
  const FigureOptions options =
      parsed({"--figures", "f", "--figure-format", "svg,pdf,svg", "--figure-width", "3.5in", "--dpi", "600"});
  CHECK(options.folder == "f");
  CHECK(options.formats == std::vector<std::string>{"svg", "pdf"});
  CHECK(options.width_mm == doctest::Approx(88.9));
  CHECK(options.dots_per_inch == 600);
  CHECK(parsed({"--figure-width", "8.5cm"}).width_mm == doctest::Approx(85));
}

TEST_CASE("what is no format, width or resolution is refused") {
  CHECK_THROWS_AS(parsed({"--figure-format", "jpg"}), Error);
  CHECK_THROWS_AS(parsed({"--figure-width", "85"}), Error);
  CHECK_THROWS_AS(parsed({"--figure-width", "nanmm"}), Error);
  CHECK_THROWS_AS(parsed({"--figure-width", "9000mm"}), Error);
  CHECK_THROWS_AS(parsed({"--dpi", "0"}), Error);
}
