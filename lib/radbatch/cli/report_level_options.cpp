#include "radbatch/cli/report_level_options.hpp"

#include <charconv>
#include <chrono>
#include <cmath>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/cli/values.hpp"

namespace radbatch {
namespace {

double parse_rate(const std::string& word) {
  double rate = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), rate);
  if (fault == std::errc{} && end == word.data() + word.size() && rate > 0 && std::isfinite(rate))
    return rate;
  throw Error(ExitCode::usage, "expected frames per second, not '" + printable(word) + "'", "--label-fps 25");
}

/// "unaided=r1,r2"
ReaderArm parse_arm(const std::string& word) {
  const std::size_t sign = word.find('=');
  ReaderArm arm;
  if (sign != std::string::npos) arm = {word.substr(0, sign), split(word.substr(sign + 1), ',')};
  if (!arm.name.empty() && !arm.readers.empty() && !arm.readers.front().empty()) return arm;
  throw Error(ExitCode::usage, "expected NAME=READER,..., not '" + printable(word) + "'",
              "--reader-arm unaided=r1,r2 --reader-arm aided=r1_ai,r2_ai");
}

}  // namespace

void declare_report_level_options(CommandLine& line, ReportLevelOptions& options) {
  line.option(
      {.names = "--frame-labels",
       .metavar = "PATH",
       .help = "What was seen in the frames of videos: a table with case_id, start, end, phase (or frame, "
               "phase, or a 0/1 column per finding), or a folder of text files with Frame and Phase",
       .set = [&options](const std::string& word) { options.frames.labels = word; }});
  line.option({.names = "--label-fps",
               .metavar = "N",
               .help = "Frame numbers of the labels per second of video",
               .standard = "they are those of frames.csv.gz",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.frames.fps = parse_rate(word); }});
  line.option({.names = "--relaxed-window",
               .metavar = "TIME",
               .help = "Around a change of phase either phase is right, in the relaxed accuracy",
               .standard = "10s",
               .shown = Shown::all,
               .set = [&options](const std::string& word) {
                 options.frames.relaxed_s = std::chrono::duration<double>(parse_duration(word)).count();
               }});
  line.option(
      {.names = "--reader-arm",
       .metavar = "NAME=READERS",
       .help = "Readers under one condition, twice given: the difference of their mean AUROC",
       .shown = Shown::all,
       .repeatable = true,
       .set = [&options](const std::string& word) { options.readers.arms.push_back(parse_arm(word)); }});
  line.option(
      {.names = "--plot-points",
       .metavar = "N",
       .help = "Most cases that a scatter plot draws",
       .standard = "2000",
       .shown = Shown::all,
       .set = [&options](const std::string& word) { options.regression.most_points = parse_count(word); }});
}

}  // namespace radbatch
