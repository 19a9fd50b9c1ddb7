// The few numbers that the page begins with, taken from the parts.
#pragma once

#include <span>
#include <vector>

#include "radbatch/report/page.hpp"

namespace radbatch {

/// Mean AUROC of the findings with the worst and the best of them, or accuracy, agreement of grades, mean
/// error; of several models also their difference. At most eight, those of the first models.
std::vector<MainResult> main_results_of(const PartContext& context, std::span<const ReportPart> parts);

}  // namespace radbatch
