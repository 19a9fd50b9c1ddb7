// The judged model by sex, site, scanner, age: where it does worse, with what certainty.
#pragma once

#include <string>
#include <vector>

#include "radbatch/report/part.hpp"
#include "radbatch/report/subgroup_levels.hpp"

namespace radbatch {

struct SubgroupOptions {
  std::vector<SubgroupChoice> choices;  ///< --subgroup
  std::size_t smallest = 20;            ///< --min-group: units that a group has at least
  bool against_largest = false;         ///< --gap largest; else against the rest
};

/// Metrics per group with intervals, gaps with Holm's adjustment, a forest plot per characteristic. Nothing
/// to say without characteristics or labels. Throws Error(ExitCode::usage) for a column that is not there.
ReportPart subgroup_part(const PartContext& context, const SubgroupOptions& options);

}  // namespace radbatch
