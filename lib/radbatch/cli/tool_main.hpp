// The frame of every executable: parse, resolve, run, and the one catch at the top.
#pragma once

#include <functional>

#include "radbatch/cli/command_line.hpp"
#include "radbatch/cli/shared_options.hpp"

namespace radbatch {

/// Parses argv with `line`, prints help and the like, otherwise calls `run` and turns exceptions into an
/// error line and the exit status. No arguments: short help and 2.
int tool_main(CommandLine& line, SharedOptions& shared, int argc, char** argv,
              const std::function<int(Terminal&)>& run);

/// "radbatch-infer 0.1.0 (git 0123456789ab)" and the versions of the libraries in this executable.
std::string version_text(const std::string& tool, bool as_json);

}  // namespace radbatch
