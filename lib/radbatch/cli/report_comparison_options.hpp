// The options of report that compare: models, groups, times, preparations.
#pragma once

#include "radbatch/cli/command_line.hpp"
#include "radbatch/report/comparison.hpp"
#include "radbatch/report/drift.hpp"
#include "radbatch/report/sensitivity.hpp"
#include "radbatch/report/subgroup.hpp"

namespace radbatch {

void declare_comparison_options(CommandLine& line, ComparisonOptions& options);
void declare_subgroup_options(CommandLine& line, SubgroupOptions& options);
void declare_drift_options(CommandLine& line, DriftOptions& options);
void declare_sensitivity_options(CommandLine& line, SensitivityOptions& options);

}  // namespace radbatch
