// A file that the first of several processes writes and all of them read.
#pragma once

#include <filesystem>
#include <string>

namespace radbatch {

/// Publishes a file unless it is there: of two processes that start at once, one writes and both read the
/// same. Throws Error(ExitCode::output).
void publish_once(const std::filesystem::path& path, const std::string& content);

}  // namespace radbatch
