// Which of two raters judges better, metric by metric, on the units that both have judged.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/paired_units.hpp"
#include "radbatch/report/part.hpp"
#include "radbatch/stats/difference.hpp"

namespace radbatch {

/// One metric of one finding for two raters.
struct RaterDifference {
  RaterPair pair;
  std::optional<std::size_t> finding;  ///< missing: over all findings
  std::string metric;                  ///< "auroc", as in metrics.csv
  std::string title;                   ///< "AUROC"
  std::optional<double> first, second;
  Difference difference;             ///< first - second
  std::optional<double> adjusted_p;  ///< after Holm, over the differences of this metric
};

/// With fewer of a class than this a difference is given and called uncertain.
inline constexpr std::size_t FEW_CASES = 10;

/// AUROC by DeLong's test (clustered: Obuchowski 1997), sensitivity, specificity and accuracy as paired
/// shares (clustered: Obuchowski 1998), PPV, NPV, F1, balanced accuracy, MCC, average precision and macro
/// AUROC by bootstrap of the difference; for numbers the mean absolute error. Empty without labels.
std::vector<RaterDifference> rater_differences(const PartContext& context,
                                               const std::vector<RaterPair>& pairs);

/// The metrics that are resampled, for the folded table.
bool is_bootstrapped(const RaterDifference& row);

}  // namespace radbatch
