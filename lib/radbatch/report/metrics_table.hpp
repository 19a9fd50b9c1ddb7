// metrics.csv: every estimate of the report in one tidy table, for R, pandas and the next study.
#pragma once

#include <span>

#include "radbatch/report/part.hpp"
#include "radbatch/store/table.hpp"

namespace radbatch {

/// finding, metric, value, lower, upper, method, n, n_positive, subgroup, model, level, note; one row per
/// estimate in the order of the report. A value that is not defined or not finite is missing and `note` says
/// why.
Table metrics_table(std::span<const MetricRow> rows);

}  // namespace radbatch
