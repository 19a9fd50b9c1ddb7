#include "radbatch/cli/report_level_options.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "radbatch/base/error.hpp"

using namespace radbatch;

namespace {

ReportLevelOptions parsed(const std::vector<const char*>& words) {
  ReportLevelOptions options;
  CommandLine line("report", "", "");
  declare_report_level_options(line, options);
  std::vector<const char*> all{"report"};
  all.insert(all.end(), words.begin(), words.end());
  line.parse(static_cast<int>(all.size()), all.data());
  return options;
}

}  // namespace

TEST_CASE("frame labels, their rate and the relaxed window") {
  const ReportLevelOptions options =
      parsed({"--frame-labels", "phases.csv", "--label-fps", "29.97", "--relaxed-window", "5s"});
  CHECK(options.frames.labels == "phases.csv");
  CHECK(*options.frames.fps == 29.97);
  CHECK(options.frames.relaxed_s == 5);
}

TEST_CASE("a rate is a number above 0") {
  for (const char* bad : {"0", "-25", "25fps", "nan", "inf", ""})
    CHECK_THROWS_AS(parsed({"--label-fps", bad}), Error);
}

TEST_CASE("an arm is a name and its readers") {
  const ReportLevelOptions options =
      parsed({"--reader-arm", "unaided=r1,r2", "--reader-arm", "aided=r1_ai,r2_ai"});
  CHECK(options.readers.arms[0].name == "unaided");
  CHECK(options.readers.arms[1].readers == std::vector<std::string>{"r1_ai", "r2_ai"});
  for (const char* bad : {"r1,r2", "=r1", "aided="}) CHECK_THROWS_AS(parsed({"--reader-arm", bad}), Error);
}
