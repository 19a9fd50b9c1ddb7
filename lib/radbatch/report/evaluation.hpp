// Scores against labels: what the report's section of that name shows, as numbers.
#pragma once

#include <optional>
#include <vector>

#include "radbatch/report/labels.hpp"
#include "radbatch/report/run_data.hpp"
#include "radbatch/stats/auroc.hpp"
#include "radbatch/stats/confusion.hpp"

namespace radbatch {

struct FindingEvaluation {
  Auroc auroc;  ///< of the finding's score, one against the rest
  std::vector<RocPoint> roc;
  std::optional<BinaryCounts> decisions;  ///< by `top`, or by the threshold where there is one
};

struct Evaluation {
  LabelJoin joined;
  std::vector<std::string> ignored_columns;
  std::optional<ConfusionMatrix> confusion;  ///< where each case has one label and one predicted finding
  std::vector<FindingEvaluation> findings;
  std::optional<double> macro_auroc;  ///< mean over the findings that have one
  /// Truth per case of the run (same order), per finding; empty for cases that do not count.
  std::vector<std::vector<std::optional<bool>>> truth;

  /// The finding that is true of a case with exactly one.
  std::optional<std::size_t> true_finding(std::size_t case_index) const;
};

/// Only done cases with a label count.
Evaluation evaluate(const RunData& run, const Labels& labels, LabelJoin joined);

}  // namespace radbatch
