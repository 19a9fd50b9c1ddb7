// Which committed outcomes still stand.
#pragma once

#include <string>

#include "radbatch/batch/tool.hpp"

namespace radbatch {

/// True when the case need not be done again: its files are the same (`fingerprint`), what it wrote is whole,
/// and --retry and --force do not ask for it.
bool is_settled(const CaseOutcome& outcome, const std::string& fingerprint, const Tool& tool,
                const RunOptions& options);

}  // namespace radbatch
