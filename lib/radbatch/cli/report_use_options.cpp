#include "radbatch/cli/report_use_options.hpp"

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/cli/numbers.hpp"

namespace radbatch {
namespace {

constexpr double SMALLEST = 1e-6;

/// "0.05,0.4": the lowest and the highest threshold.
void parse_range(const std::string& word, UseOptions& options) {
  const std::vector<double> ends = parse_numbers(word, 0.001, 0.99);
  if (ends.size() != 2 || !(ends[0] < ends[1]))
    throw Error(ExitCode::usage, "expected two thresholds, the lower first, not '" + printable(word) + "'",
                "for example --decision-range 0.05,0.4");
  options.lowest_threshold = ends[0];
  options.highest_threshold = ends[1];
}

}  // namespace

void declare_use_options(CommandLine& line, UseOptions& options) {
  line.option({.names = "--prevalence",
               .metavar = "P[,P...]",
               .help = "Predictive values at these prevalences too: 0.01,0.05,0.2",
               .set = [&options](const std::string& word) {
                 options.prevalences = parse_numbers(word, SMALLEST, 1 - SMALLEST);
               }});
  line.option({.names = "--decision-range",
               .metavar = "LOW,HIGH",
               .help = "Threshold probabilities that decision curves span: risks at which one might act",
               .standard = "0.01,0.5",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { parse_range(word, options); }});
  line.option({.names = "--use-threshold",
               .metavar = "T[,T...]",
               .help = "Thresholds of the scores for predictive values",
               .standard = "the model's, else 0.5",
               .shown = Shown::all,
               .set = [&options](const std::string& word) {
                 options.thresholds = parse_numbers(word, 0, 1);
                 std::ranges::sort(options.thresholds);
               }});
}

}  // namespace radbatch
