// Options about the levels below a case, and the command that pools them anew.
#pragma once

#include <string>
#include <vector>

#include "radbatch/batch/levels.hpp"
#include "radbatch/cli/command_line.hpp"
#include "radbatch/cli/terminal.hpp"

namespace radbatch {

/// --logits, --features.
void declare_level_options(CommandLine& line, LevelOptions& levels);

/// `radbatch repool ...`: `words` begins with the command's name. Returns the exit status.
int repool_command(const std::vector<std::string>& words, Terminal& terminal);

}  // namespace radbatch
