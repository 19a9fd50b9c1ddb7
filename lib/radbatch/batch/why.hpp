// The whole story of one case: its files, every image and the rule that took or left it, steps, scores, what
// next.
#pragma once

#include <filesystem>
#include <string>

namespace radbatch {

/// Text for people about the case of run folder `out` whose id begins with `case_prefix`. Names files by
/// path: whoever may read private/ asked for it. Throws Error(ExitCode::usage).
std::string why(const std::filesystem::path& out, const std::string& case_prefix);

}  // namespace radbatch
