#include "radbatch/cli/report_comparison_options.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/cli/values.hpp"

namespace radbatch {
namespace {

/// A number from `least` on and below 1, as probabilities' differences are.
double parse_small(const std::string& word, bool may_be_zero) {
  const std::optional<double> value = covariate_number(word);
  if (value && *value < 1 && (*value > 0 || (may_be_zero && *value == 0))) return *value;
  throw Error(ExitCode::usage, std::string("expected a number ") + (may_be_zero ? "from 0" : "above 0") +
                                   " and below 1, not '" + printable(word) + "'");
}

bool parse_either(const std::string& word, const std::string& first, const std::string& second) {
  if (word == first || word == second) return word == second;
  throw Error(ExitCode::usage, "expected " + first + " or " + second + ", not '" + printable(word) + "'");
}

/// "sex,age_years:18,40,65": a word that is a number belongs to the bounds before it.
std::vector<SubgroupChoice> parse_subgroups(const std::string& list) {
  std::vector<std::string> words;
  for (const std::string& part : split(list, ',')) {
    const bool is_bound =
        !words.empty() && words.back().find(':') != std::string::npos && covariate_number(part);
    if (is_bound)
      words.back() += "," + part;
    else
      words.push_back(part);
  }
  std::vector<SubgroupChoice> choices;
  for (const std::string& word : words) choices.push_back(parse_subgroup(word));
  return choices;
}

}  // namespace

void declare_comparison_options(CommandLine& line, ComparisonOptions& options) {
  line.option({.names = "--compare",
               .metavar = "first|all",
               .help = "Compare the first model with each other model and reader, or all with each other",
               .standard = "first",
               .shown = Shown::all,
               .set = [&options](const std::string& word) {
                 options.all_pairs = parse_either(word, "first", "all");
               }});
  line.option({.names = "--margin",
               .metavar = "D",
               .help = "Say whether the first model is non-inferior: worse by less than D",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.margin = parse_small(word, false); }});
  line.option(
      {.names = "--rerun-tolerance",
       .metavar = "D",
       .help = "The other runs are reruns of the first: exit 8 when a score differs by more than D",
       .shown = Shown::common,
       .set = [&options](const std::string& word) { options.rerun_tolerance = parse_small(word, true); }});
}

void declare_subgroup_options(CommandLine& line, SubgroupOptions& options) {
  line.option({.names = "--subgroup",
               .metavar = "NAME[:BOUND,...],...",
               .help = "Judge by these columns, numbers in bands or quartiles: sex,site,age_years:18,40,65",
               .shown = Shown::common,
               .repeatable = true,
               .set = [&options](const std::string& word) {
                 for (SubgroupChoice& choice : parse_subgroups(word))
                   options.choices.push_back(std::move(choice));
               }});
  line.option({.names = "--min-group",
               .metavar = "N",
               .help = "Smaller subgroups are pooled or left out",
               .standard = "20",
               .shown = Shown::all,
               .set = [&options](const std::string& word) {
                 options.smallest = parse_count(word);
                 if (options.smallest < 2)
                   throw Error(ExitCode::usage, "expected 2 or more cases, not '" + printable(word) + "'");
               }});
  line.option({.names = "--gap",
               .metavar = "rest|largest",
               .help = "Measure a subgroup against all other cases or against the largest subgroup",
               .standard = "rest",
               .shown = Shown::all,
               .set = [&options](const std::string& word) {
                 options.against_largest = parse_either(word, "rest", "largest");
               }});
}

void declare_drift_options(CommandLine& line, DriftOptions& options) {
  line.option({.names = "--reference",
               .metavar = "RUN",
               .help = "An earlier run: have scores and inputs moved since?",
               .shown = Shown::common,
               .set = [&options](const std::string& word) { options.reference_run = word; }});
  line.option({.names = "--time",
               .metavar = "COLUMN",
               .help = "Column with dates: scores over time; only months, quarters or years are shown",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.time = word; }});
  line.option({.names = "--every",
               .metavar = "STEP",
               .help = "Step of --time: month, quarter or year",
               .standard = "month",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.every = parse_time_step(word); }});
}

void declare_sensitivity_options(CommandLine& line, SensitivityOptions& options) {
  line.option({.names = "--sensitivity",
               .metavar = "RUN",
               .help = "The first model's run after other preparation: which calls depend on it",
               .shown = Shown::all,
               .repeatable = true,
               .set = [&options](const std::string& word) { options.runs.emplace_back(word); }});
}

}  // namespace radbatch
