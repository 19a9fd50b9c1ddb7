#include "radbatch/batch/run_options.hpp"

#include "radbatch/study/case_names.hpp"

namespace radbatch {

Json grouping_json(const RunOptions& options) {
  const CaseOptions& cases = options.cases;
  Json grouping = nullptr;
  if (!cases.case_id.empty()) grouping["case_id"] = cases.case_id;
  if (!cases.assumed.empty()) grouping["assume"] = cases.assumed;
  if (!cases.group.empty()) grouping["group"] = cases.group;
  if (cases.layout != FileLayout::none) grouping["layout"] = name(cases.layout);
  return grouping;
}

void apply_grouping_json(const Json& grouping, RunOptions& options) {
  if (!grouping.is_object()) return;
  CaseOptions& cases = options.cases;
  cases.case_id = grouping.value("case_id", "");
  cases.assumed = grouping.value("assume", Assumptions());
  cases.group = grouping.value("group", "");
  cases.layout = find_layout(grouping.value("layout", "none")).value_or(FileLayout::none);
}

}  // namespace radbatch
