// Grades against grades: BI-RADS, Kellgren-Lawrence, breast density.
#pragma once

#include "radbatch/report/part.hpp"

namespace radbatch {

/// For ordinal truth: weighted kappa, correlation of ranks, distance in grades, ranked probability score, and
/// what the grades do at each cut-off as a yes-or-no test; the confusion matrix in the order of the grades. A
/// list of the cases that are off by two grades or more. Of every rater.
ReportPart ordinal_part(const PartContext& context);

}  // namespace radbatch
