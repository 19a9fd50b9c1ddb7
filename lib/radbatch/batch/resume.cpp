#include "radbatch/batch/resume.hpp"

namespace radbatch {

bool is_settled(const CaseOutcome& outcome, const std::string& fingerprint, const Tool& tool,
                const RunOptions& options) {
  if (options.force || outcome.fingerprint != fingerprint || !tool.is_intact(outcome)) return false;
  if (!outcome.reason) return true;
  const bool transient = info(*outcome.reason).transient;
  switch (options.retry) {
    case Retry::none:
      return true;
    case Retry::all:
      return false;
    case Retry::failed:
      return outcome.status != Status::failed && !transient;
    case Retry::transient:
      return !transient;
  }
  return false;
}

}  // namespace radbatch
