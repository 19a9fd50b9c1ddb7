// How well the judged model does in each group, and how far that is from the rest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/part.hpp"
#include "radbatch/report/subgroup_areas.hpp"
#include "radbatch/report/subgroup_levels.hpp"
#include "radbatch/stats/difference.hpp"

namespace radbatch {

struct SubgroupMetric {
  std::string covariate;
  std::string group;  ///< "" for all test units
  std::size_t finding = 0;
  std::string metric;  ///< "auroc", "sensitivity", "specificity", "precision", "mae"
  std::string title;   ///< for people
  Estimate estimate;
  std::string against;               ///< "rest", or the largest group's name; empty: no gap is tested
  Difference gap;                    ///< group minus `against`
  std::optional<double> adjusted_p;  ///< after Holm, over the gaps of this metric
};

/// Of the first rater. AUROC (DeLong; clustered: Obuchowski 1997), proportions (Wilson; clustered: with the
/// effective number of units), mean absolute error. A gap is a difference between disjoint groups of units:
/// area_gap, independent_shares or clustered_groups. Of two groups only the second has a gap: the first one's
/// is the same.
std::vector<SubgroupMetric> subgroup_metrics(const PartContext& context,
                                             const std::vector<SubgroupLevels>& covariates,
                                             bool against_largest);

}  // namespace radbatch
