// Tables from what several shards committed, after proving that nothing is missing.
#pragma once

#include <filesystem>

#include "radbatch/base/reporter.hpp"

namespace radbatch {

/// Writes the tables of `out` from its journals. Returns 0 or 8, as the run itself would. Throws
/// Error(ExitCode::usage) that names the missing shard and the number of its cases without result.
int merge_run(const std::filesystem::path& out, Reporter& reporter);

}  // namespace radbatch
