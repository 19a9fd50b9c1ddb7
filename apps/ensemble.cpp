// radbatch-ensemble: finished runs of several models over one cohort to one result.
#include "radbatch/batch/ensemble.hpp"

#include <charconv>
#include <cmath>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/cli/tool_main.hpp"

using namespace radbatch;

namespace {

double parse_number(const std::string& word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error == std::errc() && end == word.data() + word.size() && std::isfinite(value)) return value;
  throw Error(ExitCode::usage, "expected a number, not '" + printable(word) + "'");
}

std::vector<double> parse_weights(const std::string& word) {
  std::vector<double> weights;
  for (const std::string& part : split(word, ',')) {
    weights.push_back(parse_number(part));
    if (!(weights.back() > 0))
      throw Error(ExitCode::usage, "a weight must be above 0, not " + printable(part));
  }
  return weights;
}

std::size_t choose(const std::string& word, const std::string& first, const std::string& second) {
  if (word == first) return 0;
  if (word == second) return 1;
  throw Error(ExitCode::usage, "expected " + first + " or " + second + ", not '" + printable(word) + "'");
}

void add_threshold(const std::string& word, std::map<std::string, double>& thresholds) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos)
    throw Error(ExitCode::usage, "expected SLUG=VALUE, not '" + printable(word) + "'");
  thresholds[word.substr(0, equals)] = parse_number(word.substr(equals + 1));
}

void declare(CommandLine& line, std::vector<std::string>& runs, EnsembleOptions& options) {
  line.arguments("RUN...", runs, "folders of finished runs of radbatch infer over the same cases");
  line.group("Output");
  line.option({.names = "-o,--output",
               .metavar = "OUT",
               .help = "Folder of the ensemble: a run folder as the others are",
               .set = [&options](const std::string& word) { options.out = word; }});
  line.group("Ensemble");
  line.option({.names = "--weights",
               .metavar = "LIST",
               .help = "One number for each run: 2,1,1",
               .standard = "equal",
               .set = [&options](const std::string& word) { options.weights = parse_weights(word); }});
  line.option({.names = "--mean",
               .metavar = "KIND",
               .help = "arithmetic (of probabilities) or logit (of log odds)",
               .standard = "arithmetic",
               .set = [&options](const std::string& word) {
                 options.mean = static_cast<EnsembleMean>(choose(word, "arithmetic", "logit"));
               }});
  line.option({.names = "--require",
               .metavar = "WHICH",
               .help = "A case is scored when all runs have a score, or any has one (flag W_MEMBERS_MISSING)",
               .standard = "all",
               .set = [&options](const std::string& word) {
                 options.require = static_cast<EnsembleRequire>(choose(word, "all", "any"));
               }});
  line.option({.names = "--threshold",
               .metavar = "SLUG=VALUE",
               .help = "Threshold of a finding",
               .standard = "the first run's",
               .repeatable = true,
               .set = [&options](const std::string& word) { add_threshold(word, options.thresholds); }});
}

}  // namespace

int main(int argc, char** argv) {
  SharedOptions shared;
  EnsembleOptions options;
  std::vector<std::string> runs;
  CommandLine line("radbatch-ensemble",
                   "Combine finished runs of several models over one cohort; nothing is run again.",
                   "radbatch ensemble densenet-run vit-run -o both");
  declare(line, runs, options);
  declare_output_options(line, shared);
  return tool_main(line, shared, argc, argv, [&](Terminal& terminal) {
    options.runs.assign(runs.begin(), runs.end());
    options.command.assign(argv, argv + argc);
    return ensemble_runs(options, terminal);
  });
}
