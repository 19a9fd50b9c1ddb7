// Precision against recall: what a score is worth where the finding is rare.
#pragma once

#include <vector>

#include "radbatch/stats/interval.hpp"
#include "radbatch/stats/ranked_scores.hpp"

namespace radbatch {

/// Area under the precision-recall curve as average precision, sum over (R_k - R_k-1) P_k without
/// interpolation, equal scores together (as scikit-learn has it; Davis and Goadrich, ICML 2006). By chance it
/// is the prevalence. The interval is made on the logit scale, logit(A) +- z / sqrt(n A (1 - A)) with n
/// positive units (Boyd, Eng and Page, ECML PKDD 2013, 451-466): for independent units. Fewer than two
/// positives, or A = 1: no interval.
Estimate average_precision(const RankedScores& ranked, double level = 0.95);

struct PrecisionRecallPoint {
  double threshold = 0;  ///< called positive when score >= threshold
  double recall = 0;
  double precision = 0;
};

/// One point per distinct score at which the recall grows, or the last before it grows again: the corners of
/// the curve, from the highest score down to recall 1. Empty without positive units.
std::vector<PrecisionRecallPoint> precision_recall_curve(const RankedScores& ranked);

}  // namespace radbatch
