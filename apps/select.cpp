// radbatch-select: what a set of rules chooses in a cohort, without opening an image.
#include <fmt/format.h>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/batch/select_images.hpp"
#include "radbatch/cli/tool_main.hpp"
#include "radbatch/cli/values.hpp"
#include "radbatch/study/case_id.hpp"

using namespace radbatch;

namespace {

struct SelectOptions {
  SelectRequest request;
  std::vector<std::string> folders;
  std::string table, explained;
  std::size_t n_rows = 8;
  bool json = false, print_rules = false;
};

OptionInfo option(std::string names, std::string metavar, std::string help, std::string standard,
                  std::function<void(const std::string&)> set) {
  return {std::move(names), {},    std::move(metavar), std::move(help), std::move(standard), {},
          Shown::common,    false, std::move(set)};
}

void declare(CommandLine& line, SelectOptions& options) {
  line.arguments("FOLDER", options.folders, "what radbatch scan wrote, or the folder of a run");
  line.group("Rules");
  line.option(option("--rules", "RULES", "Rule file, preset:NAME, or a model's folder", "the run's own",
                     [&](const std::string& word) { options.request.rules = word; }));
  line.option(option("--on-many", "RULE", "When several images fit: error, first, most-slices, newest, all",
                     "the rules'",
                     [&](const std::string& word) { options.request.on_many = parse_on_many(word); }));
  line.flag("--print-rules", options.print_rules, "Print the rules as JSON, as a start for your own");
  line.group("Output");
  line.text("--explain", "CASE", options.explained,
            "Every image of one case and the rule that took or left it");
  line.text("--out", "FILE", options.table, "Write selection.csv: every image of every case, and why");
  line.flag("--json", options.json, "The counts and patterns as JSON");
  line.option(option("--rows", "N", "Kinds of images to show per table", "8",
                     [&](const std::string& word) { options.n_rows = parse_count(word); }));
}

int print_rules(const SelectOptions& options) {
  fmt::print("{}", pretty(load_rule_set(options.request.rules).json));
  return 0;
}

int run(const SelectOptions& options) {
  if (options.print_rules) return print_rules(options);
  const std::vector<SelectionRule> rules = rules_to_try(options.request);
  const std::vector<Case> cases = images_of_folder(options.request);
  if (!options.explained.empty()) {
    std::vector<std::string> ids;
    for (const Case& one : cases) ids.push_back(one.id);
    fmt::print("{}", explain_case(cases[find_case(ids, options.explained)], rules));
    return 0;
  }
  if (!options.table.empty()) write_file_atomically(options.table, to_csv(select_table(cases, rules)));
  SelectReport report = select_report(cases, rules);
  report.rules = options.request.rules.empty() ? "of the run" : options.request.rules;
  fmt::print("{}", options.json ? pretty(select_json(report)) : select_text(report, options.n_rows));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  SharedOptions shared;
  SelectOptions options;
  CommandLine line("radbatch-select",
                   "Show which images a set of rules chooses in a cohort, and what is behind.",
                   "radbatch select scan --rules preset:head-ct-soft-thick");
  declare(line, options);
  line.group("Messages");
  line.flag("--version", shared.version, "Show the version");
  return tool_main(line, shared, argc, argv, [&](Terminal&) {
    if (options.folders.size() != 1 && !options.print_rules) {
      throw Error(ExitCode::usage, "name one folder", "radbatch select SCAN --rules RULES");
    }
    if (!options.folders.empty()) options.request.folder = options.folders.front();
    return run(options);
  });
}
