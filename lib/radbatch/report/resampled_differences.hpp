// Differences of two raters in metrics that have no formula for their variance: by drawing patients again.
#pragma once

#include <optional>
#include <vector>

#include "radbatch/report/rater_differences.hpp"

namespace radbatch {

/// An area of a resample costs a pass over the units of its finding. Where all findings and resamples
/// together would pass over more than this, areas have no interval.
inline constexpr double MOST_RESAMPLED_UNITS = 1e9;

/// PPV, NPV, F1, balanced accuracy and MCC of the calls, and average precision of the scores.
std::vector<RaterDifference> resampled_differences(const PartContext& context, RaterPair pair,
                                                   std::size_t finding, const PairedCalls& calls);

/// The mean of the findings' areas; with at least two findings that have both classes.
std::optional<RaterDifference> macro_auroc_difference(const PartContext& context, RaterPair pair);

}  // namespace radbatch
