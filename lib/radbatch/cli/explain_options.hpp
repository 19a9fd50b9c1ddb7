// The options of infer that say which cases are explained, and how.
#pragma once

#include "radbatch/batch/explanations.hpp"
#include "radbatch/cli/command_line.hpp"

namespace radbatch {

void declare_explain_options(CommandLine& line, ExplainOptions& options);

}  // namespace radbatch
