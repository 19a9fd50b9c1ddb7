#include "radbatch/cli/beyond_options.hpp"

#include <charconv>
#include <set>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/cli/values.hpp"

namespace radbatch {
namespace {

constexpr int MOST_FOLDS = 1000;

std::string parse_ood_kind(const std::string& word) {
  if (word == "features" || word == "histogram") return word;
  throw Error(ExitCode::usage, "expected features or histogram, not '" + printable(word) + "'");
}

void declare_several_answers(CommandLine& line, BeyondOptions& options) {
  line.option(
      {.names = "--tta",
       .metavar = "SIGHTS",
       .help =
           "Average over changed tensors too: flips:LR+AP (also SI; i, j, k of pictures), rotate:DEGREES, "
           "shift:PIXELS, joined by commas; bundle: what the model declares",
       .shown = Shown::all,
       .set = [&options](const std::string& word) {
         if (word != "bundle") parse_tta(word);
         options.tta = word;
       }});
  line.option({.names = "--folds",
               .metavar = "LIST",
               .help = "Of a model with folds take these only: 0,2",
               .standard = "all",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.folds = parse_folds(word); }});
  line.flag("--entropy", options.entropy, "A column with the entropy of each head's probabilities, in nats",
            Shown::all);
  line.option({.names = "--no-calibration",
               .help = "Leave out the calibration that the model declares",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.calibrate = word != "true"; }});
}

void declare_conformal(CommandLine& line, BeyondOptions& options) {
  line.option(
      {.names = "--conformal",
       .metavar = "TABLE",
       .help =
           "Sets of findings that hold the true one in 1 - alpha of cases; TABLE: predictions.csv of other "
           "cases with a column label (docs/beyond-a-score.md)",
       .shown = Shown::all,
       .set = [&options](const std::string& word) { options.conformal = word; }});
  line.option({.names = "--alpha",
               .metavar = "SHARE",
               .help = "Of cases whose conformal set may miss the true finding",
               .standard = "0.1",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.alpha = parse_alpha(word); }});
  line.option(
      {.names = "--conformal-method",
       .metavar = "METHOD",
       .help = "lac (smallest sets on average) or aps (sets that adapt to hard cases)",
       .standard = "lac",
       .shown = Shown::all,
       .set = [&options](const std::string& word) { options.method = parse_conformal_method(word); }});
}

void declare_out_of_distribution(CommandLine& line, BeyondOptions& options) {
  line.flag(
      "--ood", options.ood,
      "A column with the distance of each case from the model's training data, by the model's reference",
      Shown::all);
  line.option({.names = "--ood-kind",
               .metavar = "KIND",
               .help = "Distance of features or of the intensity histogram; implies --ood",
               .standard = "features where the reference has them",
               .shown = Shown::all,
               .set = [&options](const std::string& word) {
                 options.ood_kind = parse_ood_kind(word);
                 options.ood = true;
               }});
}

}  // namespace

void declare_beyond_options(CommandLine& line, BeyondOptions& options) {
  line.group("Beyond a score");
  declare_several_answers(line, options);
  declare_conformal(line, options);
  declare_out_of_distribution(line, options);
}

std::vector<int> parse_folds(const std::string& word) {
  std::set<int> folds;
  for (const std::string& part : split(word, ',')) {
    const std::uint64_t fold = parse_count(part);
    if (fold >= MOST_FOLDS) throw Error(ExitCode::usage, "there is no fold " + std::to_string(fold));
    folds.insert(static_cast<int>(fold));
  }
  return {folds.begin(), folds.end()};
}

double parse_alpha(const std::string& word) {
  double alpha = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), alpha);
  if (error == std::errc() && end == word.data() + word.size() && alpha > 0 && alpha < 1) return alpha;
  throw Error(ExitCode::usage,
              "expected a share between 0 and 1, for example 0.1, not '" + printable(word) + "'");
}

}  // namespace radbatch
