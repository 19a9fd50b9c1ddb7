// Numbers against numbers: bone age in months, ejection fraction, a volume.
#pragma once

#include <cstddef>

#include "radbatch/report/part.hpp"

namespace radbatch {

struct RegressionOptions {
  std::size_t most_points = 2000;  ///< marks in a drawing; of more cases every n-th is drawn
};

/// For continuous truth: errors, correlation, agreement (Lin, intraclass), limits of agreement after Bland
/// and Altman, with a scatter plot and a difference plot for each finding of each rater. A list of the cases
/// outside the limits. Closed intervals where each patient has one case, else a bootstrap of patients.
ReportPart regression_part(const PartContext& context, const RegressionOptions& options = {});

}  // namespace radbatch
