#include "radbatch/cli/estimate_option.hpp"

#include "radbatch/base/text.hpp"
#include "radbatch/batch/estimate.hpp"
#include "radbatch/batch/estimate_run.hpp"
#include "radbatch/cli/values.hpp"

namespace radbatch {

void declare_estimate_option(CommandLine& line, EstimateOptions& options) {
  line.group("Before the run");
  line.option(
      {.names = "--estimate",
       .metavar = "N",
       .help = "Run N cases (24) of all sizes, keep nothing, and say what the whole cohort would take",
       .shown = Shown::common,
       .set = [&options](const std::string& word) { options.sample = parse_count(word); },
       .alone = "24"});
}

int show_estimate(const EstimateOptions& options, const RunOptions& run,
                  const std::function<std::unique_ptr<Tool>(const RunOptions&)>& make_tool, bool as_json,
                  Terminal& terminal) {
  const Json found = estimate_cohort(run, options.sample, make_tool, terminal);
  std::string text = as_json ? pretty(found) : estimate_text(found);
  while (text.ends_with('\n')) text.pop_back();
  terminal.data(text);
  return 0;
}

}  // namespace radbatch
