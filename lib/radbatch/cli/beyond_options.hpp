// Options of infer that tell more about a case than its score.
#pragma once

#include "radbatch/batch/beyond.hpp"
#include "radbatch/cli/command_line.hpp"

namespace radbatch {

/// --tta, --folds, --entropy, --no-calibration, --conformal, --alpha, --conformal-method, --ood, --ood-kind.
void declare_beyond_options(CommandLine& line, BeyondOptions& options);

/// "0,2" as [0, 2], ascending, each once. Throws Error(ExitCode::usage).
std::vector<int> parse_folds(const std::string& word);
/// A number above 0 and below 1. Throws Error(ExitCode::usage).
double parse_alpha(const std::string& word);

}  // namespace radbatch
