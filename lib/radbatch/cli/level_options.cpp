#include "radbatch/cli/level_options.hpp"

#include <fmt/format.h>

#include "radbatch/base/error.hpp"
#include "radbatch/batch/repool.hpp"

namespace radbatch {

void declare_level_options(CommandLine& line, LevelOptions& levels) {
  line.flag("--logits", levels.logits,
            "Keep the network's raw numbers of every case: /logits in predictions.h5", Shown::all);
  line.flag("--features", levels.features,
            "Keep the model's features of every case: /features in predictions.h5", Shown::all);
}

int repool_command(const std::vector<std::string>& words, Terminal& terminal) {
  RepoolOptions options;
  std::vector<std::string> runs;
  CommandLine line("radbatch repool",
                   "Score the cases of a run by another pooling rule, without the network.",
                   "radbatch repool results -o results-max --pooling slices=max");
  line.arguments("RUN", runs, "run folder that radbatch-infer wrote");
  line.option({.names = "-o,--output",
               .metavar = "OUT",
               .help = "Run folder to write",
               .set = [&](const std::string& word) { options.out = word; }});
  line.option({.names = "--pooling",
               .metavar = "LEVEL=RULE",
               .help = "slices=, frames= or windows= mean, max, noisy-or, top-k:5, top-k:10%, "
                       "attention:softmax:OUTPUT; may be repeated",
               .repeatable = true,
               .set = [&](const std::string& word) { add_pooling(word, options.pooling); }});
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  if (const auto text = line.parse(static_cast<int>(arguments.size()), arguments.data())) {
    fmt::print("{}", *text);
    return 0;
  }
  if (runs.size() != 1 || options.out.empty() || options.pooling.empty()) {
    throw Error(ExitCode::usage, "repool needs one run folder, -o OUT and at least one --pooling LEVEL=RULE",
                "radbatch repool results -o results-max --pooling slices=max");
  }
  options.run = runs.front();
  return repool(options, terminal);
}

}  // namespace radbatch
