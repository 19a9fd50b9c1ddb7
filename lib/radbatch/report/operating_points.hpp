// Where scores become decisions: the thresholds that were declared, given, or chosen on units of their own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/discrimination.hpp"
#include "radbatch/stats/binary_metrics.hpp"

namespace radbatch {

/// A way to decide, for all findings of a rater.
struct OperatingPoint {
  std::string id;    ///< "declared", "given", "sens_0.95", for metrics.csv and anchors
  std::string name;  ///< for people: "sensitivity 0.95 on split==\"val\""
  bool is_declared = false;
  std::vector<std::optional<double>> thresholds;  ///< [finding]; declared ones where they are known
  std::vector<std::string> why_not;               ///< [finding] why there is no threshold
  std::vector<std::size_t> n_fitted;              ///< [finding] units it was chosen on; empty: not chosen
};

/// In the order declared, chosen, given; only those that decide something. See `discrimination_part` for
/// errors.
std::vector<OperatingPoint> operating_points(const AnalysisData& data, const Rater& rater,
                                             const ThresholdOptions& options);

/// The decision on one unit. A case called by `top` has that finding and no other.
Answer decision_at(const AnalysisData& data, const Rater& rater, const OperatingPoint& point,
                   std::size_t finding, std::size_t unit);

/// Test units with truth and decision.
struct DecidedFinding {
  DecidedUnits units;               ///< clusters only where `is_clustered`
  std::vector<std::uint32_t> unit;  ///< positions in AnalysisData
};
DecidedFinding decided_units(const AnalysisData& data, const Rater& rater, const OperatingPoint& point,
                             std::size_t finding, NotDonePolicy not_done, bool is_clustered);

/// `judged_units`, and with `not_done` those without a result below or above all scores.
JudgedUnits ranked_units(const AnalysisData& data, const Rater& rater, std::size_t finding,
                         NotDonePolicy not_done);

/// A labelled test unit that the model gave no result for.
bool is_not_done(const AnalysisData& data, std::size_t finding, std::size_t unit);

}  // namespace radbatch
