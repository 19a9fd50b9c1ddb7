// Two or more models, reruns and readers side by side, on the same cases.
#pragma once

#include <optional>
#include <vector>

#include "radbatch/report/part.hpp"

namespace radbatch {

struct ComparisonOptions {
  bool all_pairs = false;        ///< --compare all: every rater with every other, not only with the first
  std::optional<double> margin;  ///< --margin: non-inferior when the lower bound stays above its negative
  std::optional<double> rerun_tolerance;   ///< --rerun-tolerance: largest |p - p'| of a rerun that passes
  std::vector<std::size_t> only_in_rerun;  ///< [rater] cases of its run that are no unit of the analysis
};

/// Differences with tests, agreement, cases of disagreement, and the check of reruns. Without a second rater
/// it has nothing to say; throws Error(ExitCode::usage) when options ask for one that is not there.
ReportPart comparison_part(const PartContext& context, const ComparisonOptions& options);

/// False when a rerun was to be checked and one does not pass: the tool then ends with ExitCode::cases. The
/// same check as the part's.
bool reruns_pass(const AnalysisData& data, const ComparisonOptions& options);

}  // namespace radbatch
