#include "radbatch/cli/report_threshold_options.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {
namespace {

ProportionInterval parse_proportion_interval(const std::string& word) {
  if (word == "wilson") return ProportionInterval::wilson;
  if (word == "clopper-pearson") return ProportionInterval::clopper_pearson;
  throw Error(ExitCode::usage, "expected wilson or clopper-pearson, not '" + printable(word) + "'");
}

}  // namespace

void declare_threshold_options(CommandLine& line, ThresholdOptions& options) {
  line.option(
      {.names = "--threshold-from",
       .metavar = "CONDITION at AIM",
       .help = "Choose thresholds on other cases: 'split==\"val\" at sens=0.95', spec=, youden or f1",
       .shown = Shown::common,
       .repeatable = true,
       .set = [&options](const std::string& word) { options.from.push_back(parse_threshold_from(word)); }});
  line.option(
      {.names = "--threshold",
       .metavar = "FINDING=NUMBER",
       .help = "Judge a finding at this threshold as well: called positive from it on",
       .shown = Shown::all,
       .repeatable = true,
       .set = [&options](const std::string& word) { options.given.push_back(parse_given_threshold(word)); }});
  line.option(
      {.names = "--proportion-interval",
       .metavar = "METHOD",
       .help = "Intervals of proportions: wilson or clopper-pearson",
       .standard = "wilson",
       .shown = Shown::all,
       .set = [&options](const std::string& word) { options.proportion = parse_proportion_interval(word); }});
}

}  // namespace radbatch
