// qc.csv: the prepared tensors of a cohort beside each other, and which of their numbers stand apart.
#pragma once

#include "radbatch/batch/tool.hpp"

namespace radbatch {

/// Every case, sorted by id, with one row per input (case_id, input); cases without a tensor have one row of
/// their id and status. From the "qc" of the outcomes' results (qc_record). `clips` says whether the plan
/// limits values: clipped_fraction is empty otherwise. The last column names the columns in which the row is
/// an outlier of the cohort (stats/outliers.hpp).
NamedTable qc_table(const RunRecord& run, bool clips);

/// True when a step of the plan has clip set.
bool plan_clips(const Json& plan);

}  // namespace radbatch
