// The numbers of one rater and one finding, before they are written anywhere.
#pragma once

#include <string>
#include <vector>

#include "radbatch/report/operating_points.hpp"
#include "radbatch/stats/auroc.hpp"
#include "radbatch/stats/precision_recall.hpp"

namespace radbatch {

/// With fewer cases of a class than this its numbers say little, and the report says so.
inline constexpr std::size_t FEW_CASES = 10;

/// A decision table and all that is read from it.
struct PointDiscrimination {
  BinaryCounts counts;
  std::vector<Estimate> metrics;  ///< in the order of ALL_BINARY_METRICS; empty: no decisions
  std::string why_not;
  CaseList true_positive, false_positive, true_negative, false_negative;  ///< units only
};

/// What the numbers become when units without a result count.
struct NotDoneRow {
  NotDonePolicy counted_as;
  Estimate auroc;
  std::optional<Estimate> sensitivity, specificity;  ///< at the first operating point
};

struct FindingDiscrimination {
  std::size_t n_positive = 0, n_negative = 0;
  std::size_t n_without_score = 0;  ///< labelled test units that are done and yet have no score
  std::size_t n_not_done = 0;       ///< labelled test units without a result
  Estimate auroc, average_precision;
  std::vector<RocPoint> roc;  ///< thinned where there are more than `MOST_CURVE_POINTS`
  std::vector<PrecisionRecallPoint> precision_recall;
  std::size_t n_roc_corners = 0;            ///< before thinning
  std::vector<PointDiscrimination> points;  ///< per operating point
  std::vector<NotDoneRow> not_done;         ///< empty when all units have a result
  std::string few;                          ///< "only 6 cases with the finding"; empty: enough
};

inline constexpr std::size_t MOST_CURVE_POINTS = 500;

struct RaterDiscrimination {
  const Rater* rater = nullptr;
  std::vector<OperatingPoint> points;
  std::vector<FindingDiscrimination> findings;
};

RaterDiscrimination discriminate(const PartContext& context, const ThresholdOptions& options,
                                 const Rater& rater);

/// The plan of intervals that the options and the context ask for.
BinaryMetricPlan metric_plan(const PartContext& context, const ThresholdOptions& options);

/// Largest number of steps (units, findings, resamples) that a bootstrap of scores may take: some twenty
/// seconds of one processor.
inline constexpr double MOST_BOOTSTRAP_STEPS = 1e9;

}  // namespace radbatch
