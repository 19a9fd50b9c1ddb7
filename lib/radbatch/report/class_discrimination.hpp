// Multi-class: which class was called for which, and what that says of all classes together.
#pragma once

#include <optional>
#include <vector>

#include "radbatch/report/finding_discrimination.hpp"
#include "radbatch/stats/class_metrics.hpp"

namespace radbatch {

/// The true class among the k with the highest scores.
struct TopK {
  std::size_t k = 0;
  Estimate share;
};

struct ClassDiscrimination {
  ConfusionMatrix confusion{0};
  ClassMetrics metrics;
  std::vector<TopK> top;  ///< k = 2 and 3 where there are more classes than that; needs scores of all classes
  std::size_t n_without_call = 0;  ///< labelled test units without a called class
};

/// Nothing where the truth is not one class per unit, or the rater calls none.
std::optional<ClassDiscrimination> discriminate_classes(const PartContext& context,
                                                        const ThresholdOptions& options, const Rater& rater);

}  // namespace radbatch
