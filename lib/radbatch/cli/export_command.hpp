// `radbatch export`: results in the forms that a hospital's and other people's systems take.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "radbatch/cli/terminal.hpp"

namespace radbatch {

/// `words` begins with the command's name. Returns the exit status.
int export_command(const std::vector<std::string>& words, Terminal& terminal);

/// `radbatch-report RUN --layout bids,clinicadl`: the same, to RUN/export. Throws Error(ExitCode::usage) for
/// the DICOM formats: they name patients, and a run folder does so in private/ only.
int export_layout(const std::filesystem::path& run, const std::string& layout, Terminal& terminal);

}  // namespace radbatch
