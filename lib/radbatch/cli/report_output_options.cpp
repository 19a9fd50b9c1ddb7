#include "radbatch/cli/report_output_options.hpp"

#include <charconv>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/cli/values.hpp"
#include "radbatch/report/language.hpp"

namespace radbatch {
namespace {

constexpr std::size_t fewest_resamples = 100;

/// "0.95" or "95%".
double parse_level(const std::string& word) {
  double level = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), level);
  const std::string_view rest(end, static_cast<std::size_t>(word.data() + word.size() - end));
  if (rest == "%") level /= 100;
  if (error != std::errc() || !(rest.empty() || rest == "%") || !(level >= 0.5 && level <= 0.9999))
    throw Error(ExitCode::usage, "expected a level from 0.5 to 0.9999, not '" + printable(word) + "'",
                "--level 0.95");
  return level;
}

std::size_t parse_resamples(const std::string& word) {
  const std::size_t n = parse_count(word);
  if (n >= fewest_resamples) return n;
  throw Error(
      ExitCode::usage,
      "expected at least " + std::to_string(fewest_resamples) + " resamples, not '" + printable(word) + "'",
      "--bootstrap 2000");
}

void declare_places(CommandLine& line, OutputOptions& options) {
  line.option({.names = "-o,--output",
               .metavar = "FILE",
               .help = "The page to write; report.json, metrics.csv and lists/ go beside it",
               .standard = "OUT/report.html",
               .shown = Shown::common,
               .set = [&options](const std::string& word) { options.page = word; }});
  line.text("--title", "TEXT", options.title, "Title of the page");
  line.option({.names = "--thumbnails",
               .metavar = "WHICH",
               .help = "Pictures to show: none, safe, all",
               .standard = "safe",
               .shown = Shown::common,
               .set = [&options](const std::string& word) { options.thumbnails = parse_thumbnails(word); }});
  line.option({.names = "--tables",
               .metavar = "DIR",
               .help = "Write the tables as LaTeX, Markdown and CSV",
               .shown = Shown::common,
               .set = [&options](const std::string& word) { options.tables = word; }});
  line.option({.names = "--checklists",
               .metavar = "DIR",
               .help = "Write CLAIM 2024, TRIPOD+AI and STARD-AI, filled with what is known",
               .shown = Shown::common,
               .set = [&options](const std::string& word) { options.checklists = word; }});
}

}  // namespace

void declare_report_output_options(CommandLine& line, OutputOptions& options) {
  line.group("Output");
  declare_places(line, options);
  line.option(
      {.names = "--lang",
       .metavar = "CODE",
       .help = "Language of the headings: en, zh",
       .standard = "en",
       .shown = Shown::common,
       .set = [&options](const std::string& word) { options.lang = Language(word).code().substr(0, 2); }});
  line.option({.names = "--level",
               .metavar = "SHARE",
               .help = "Confidence level of the intervals",
               .standard = "0.95",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.level = parse_level(word); }});
  line.option({.names = "--bootstrap",
               .metavar = "N",
               .help = "Resamples of a bootstrap interval",
               .standard = "2000",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.n_bootstrap = parse_resamples(word); }});
  line.option({.names = "--seed",
               .metavar = "N",
               .help = "Seed of the bootstrap: the same seed gives the same intervals",
               .standard = "0",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.seed = parse_count(word); }});
  line.option({.names = "--cpus",
               .metavar = "N",
               .help = "Processors to use; the numbers do not depend on it",
               .standard = "all",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.cpus = parse_count(word); }});
}

void declare_table1_options(CommandLine& line, Table1Options& options) {
  line.option({.names = "--by",
               .metavar = "COLUMN",
               .help = "Table 1: a column for each value, e.g. site; with two, standardised differences",
               .shown = Shown::common,
               .set = [&options](const std::string& word) { options.by = word; }});
  line.option({.names = "--table1",
               .metavar = "COLUMNS",
               .help = "Table 1: what it describes, by name, separated by commas",
               .standard = "age, sex, scanner, slice thickness, as far as they are there",
               .shown = Shown::all,
               .set = [&options](const std::string& word) { options.variables = split(word, ','); }});
}

}  // namespace radbatch
