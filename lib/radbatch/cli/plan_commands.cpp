#include "radbatch/cli/plan_commands.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/batch/explain_plan.hpp"
#include "radbatch/batch/self_test.hpp"

namespace radbatch {
namespace {

OptionInfo value(std::string names, std::string metavar, std::string help, Shown shown,
                 std::function<void(const std::string&)> set) {
  return {std::move(names), {}, std::move(metavar), std::move(help), {}, {}, shown, false, std::move(set)};
}

int explain(const PlanCommands& commands, const PreprocessOptions& options, const SharedOptions& shared) {
  require_model_or_plan(options);
  ExplainRequest request{options.model, options.plan, {}, commands.like};
  const std::vector<std::string>& images = shared.run.inputs;
  if (images.size() > 1) throw Error(ExitCode::usage, "--explain-plan takes one image", "name one, or none");
  if (!images.empty() && !commands.like.empty())
    throw Error(ExitCode::usage, "--like assumes a grid, and an image has its own", "leave one of them out");
  if (!images.empty()) request.image = images.front();
  const Json explanation = explain_plan(request, resolve_resources(shared));
  fmt::print("{}", shared.json ? pretty(explanation) : explain_text(explanation));
  return static_cast<int>(explanation.contains("problem") ? ExitCode::cases : ExitCode::ok);
}

int prove(const PlanCommands& commands, const SharedOptions& shared) {
  const std::vector<SelfTestEntry> entries =
      self_test(load_bundle(commands.self_test), resolve_resources(shared));
  fmt::print("{}", shared.json ? pretty(self_test_json(entries)) : self_test_text(entries));
  const bool passed = std::ranges::all_of(entries, &SelfTestEntry::passed);
  return static_cast<int>(passed ? ExitCode::ok : ExitCode::model);
}

}  // namespace

void declare_strict_option(CommandLine& line, bool& strict) {
  line.flag("--strict", strict, "End when the bundle's own files contradict each other", Shown::all);
}

void declare_plan_options(CommandLine& line, PreprocessOptions& options, PlanCommands& commands) {
  line.option(
      value("--plan", "FILE",
            "Instead of --model, a plan alone: a JSON list of steps, a MONAI inference.json, a .ts that "
            "carries one, or a bundle's folder",
            Shown::common, [&options](const std::string& word) { options.plan = word; }));
  line.flag(
      "--explain-plan", commands.explain,
      "Show the plan with every default, and what it does to the grid of INPUT or of --like; --json: as data",
      Shown::common);
  line.option(value("--like", "GRID",
                    "With --explain-plan, the image to assume: 512x512x300@0.7x0.7x1 (voxels@mm)", Shown::all,
                    [&commands](const std::string& word) { commands.like = word; }));
  line.option(value("--selftest", "BUNDLE",
                    "Prepare the bundle's golden images and compare; end with 4 when one differs",
                    Shown::common, [&commands](const std::string& word) { commands.self_test = word; }));
  declare_strict_option(line, options.strict);
}

std::optional<int> run_plan_command(const PlanCommands& commands, const PreprocessOptions& options,
                                    const SharedOptions& shared) {
  if (!commands.self_test.empty()) return prove(commands, shared);
  if (commands.explain) return explain(commands, options, shared);
  if (!commands.like.empty()) throw Error(ExitCode::usage, "--like is for --explain-plan");
  return std::nullopt;
}

void require_model_or_plan(const PreprocessOptions& options) {
  if (options.model.empty() && options.plan.empty())
    throw Error(ExitCode::usage, "no model given",
                "name its folder with --model BUNDLE, or a plan with --plan FILE");
  if (!options.model.empty() && !options.plan.empty())
    throw Error(ExitCode::usage, "--model and --plan are both given",
                "a bundle has its plan; leave one of them out");
}

}  // namespace radbatch
