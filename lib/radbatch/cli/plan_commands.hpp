// What radbatch-preprocess does besides a run: showing a plan, and proving that a bundle's images are
// prepared here as where its model was validated.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "radbatch/batch/preprocess.hpp"
#include "radbatch/cli/command_line.hpp"
#include "radbatch/cli/shared_options.hpp"

namespace radbatch {

struct PlanCommands {
  bool explain = false;
  std::string like;
  std::filesystem::path self_test;
};

/// --plan and --strict, --explain-plan, --like, --selftest.
void declare_plan_options(CommandLine& line, PreprocessOptions& options, PlanCommands& commands);
/// --strict of a tool that takes bundles only.
void declare_strict_option(CommandLine& line, bool& strict);
/// Carries out --explain-plan or --selftest and returns the exit status; nothing when neither is wanted.
/// Throws Error(ExitCode::usage) when they do not fit the other arguments.
std::optional<int> run_plan_command(const PlanCommands& commands, const PreprocessOptions& options,
                                    const SharedOptions& shared);
/// Throws Error(ExitCode::usage) unless there is exactly one of --model and --plan.
void require_model_or_plan(const PreprocessOptions& options);

}  // namespace radbatch
