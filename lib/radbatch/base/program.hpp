// Another program, run to its end: Python where a model is compiled, rsvg-convert where a figure becomes a PDF.
#pragma once

#include <string>
#include <vector>

namespace radbatch {

struct ProgramResult {
  int status = 0;      ///< exit status; 128 + n after signal n; 127 when it could not be started
  std::string output;  ///< what it wrote on standard output; its standard error is ours
};

/// Starts words[0], looked for on the PATH, without a shell and waits for its end. It reads nothing from
/// standard input. Throws Error(ExitCode::internal) where no process can be made at all.
ProgramResult run_program(const std::vector<std::string>& words);

}  // namespace radbatch
