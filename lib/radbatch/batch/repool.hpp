// Other scores of a finished run from what it kept of its items, without running the network again.
#pragma once

#include <filesystem>
#include <map>

#include "radbatch/base/reporter.hpp"
#include "radbatch/model/bundle.hpp"

namespace radbatch {

struct RepoolOptions {
  std::filesystem::path run;  ///< of radbatch-infer, complete
  std::filesystem::path out;  ///< a folder of its own
  std::map<Level, PoolingRule> pooling;
};

/// "slices=max" into the map. Throws Error(ExitCode::usage).
void add_pooling(const std::string& text, std::map<Level, PoolingRule>& pooling);

/// Writes `out` as radbatch-infer writes a run folder: the same cases, their scores pooled by the rules
/// given, everything else as it was. Its identity names the rules and the digest of the run's identity.
/// Returns 0 or 8, as the run itself would. Throws Error(ExitCode::usage), before anything is written, when
/// the run is not complete, a rule does not fit a head, no case has items of that level, or a case with
/// several items has none kept (by name).
int repool(const RepoolOptions& options, Reporter& reporter);

}  // namespace radbatch
