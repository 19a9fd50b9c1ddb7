// The report's part on use: what acting on the scores would bring, and cost.
#pragma once

#include <string>
#include <vector>

#include "radbatch/report/part.hpp"

namespace radbatch {

struct UseOptions {
  double lowest_threshold = 0.01;  ///< of the decision curves: a range of plausible risks at which one acts
  double highest_threshold = 0.5;
  std::vector<double>
      prevalences;  ///< for predictive values, within (0, 1); the study's own always stands first
  std::vector<double> thresholds;  ///< of the scores; empty: the finding's declared one, else 0.5
};

/// Decision curves, predictive values by prevalence and workload of every finding, of all models. Empty
/// without 0/1 truth.
ReportPart use_part(const PartContext& context, const UseOptions& options);

}  // namespace radbatch
