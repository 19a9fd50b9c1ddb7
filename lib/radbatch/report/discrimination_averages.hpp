// One number over all findings: macro (mean), weighted (by cases with the finding) and micro (pooled).
#pragma once

#include <string>
#include <vector>

#include "radbatch/report/finding_discrimination.hpp"

namespace radbatch {

struct AverageRow {
  std::string metric;  ///< "auroc", "sensitivity"
  std::string title;
  std::string point;  ///< id of the operating point; empty for areas
  Estimate macro, weighted, micro;
};

/// Findings without a value are left out of macro and weighted averages, in each resample as well; their
/// number stands in `n_findings`.
struct Averages {
  std::vector<AverageRow> rows;
  std::size_t n_findings = 0;  ///< with an AUROC
  std::size_t n_left_out = 0;
};

/// Empty for a single finding. Intervals: bootstrap of patients (cases where there are none) over all
/// findings at once; of the micro AUROC Obuchowski's, as scores of one case are a cluster.
Averages averages_of(const PartContext& context, const RaterDiscrimination& rater);

}  // namespace radbatch
