// Where the files, the cases and the units of an analysis went: the numbers of a STARD diagram.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/report/analysis_data.hpp"
#include "radbatch/report/run_data.hpp"

namespace radbatch {

using ReasonCounts = std::map<std::string, std::size_t>;  ///< reason code -> how many

/// One finding among the units that are analysed. For continuous truth there is `n` only.
struct FlowFinding {
  std::string name;
  std::size_t n = 0;  ///< test units with a score and a known truth
  std::size_t positive = 0, negative = 0;
  std::size_t true_positive = 0, false_positive = 0;  ///< by the declared threshold
  std::size_t true_negative = 0, false_negative = 0;
  bool has_decisions = false;  ///< all of the n units have one; else the four are 0
};

/// What the labels add. Units are cases, or patients.
struct FlowUnits {
  bool are_patients = false;
  std::size_t labelled = 0;             ///< units of the label table that the run knows
  std::size_t without_result = 0;       ///< of these: refused, failed, skipped, interrupted
  std::size_t not_test = 0;             ///< with a result, but outside the condition of the test set
  std::size_t not_judged = 0;           ///< test units whose truth or score is missing for every finding
  std::size_t analysed = 0;             ///< labelled - without_result - not_test - not_judged
  std::optional<std::size_t> patients;  ///< among the analysed, where patients are known
  std::vector<FlowFinding> findings;
};

struct FlowCounts {
  std::optional<std::size_t> files_found, files_in_cases;
  ReasonCounts unassigned;
  std::size_t cases = 0;
  std::map<Status, std::size_t> by_status;  ///< every status is there
  std::map<Status, ReasonCounts> reasons;   ///< of the cases without a result
  std::size_t done = 0;
  std::size_t eligible = 0;  ///< cases that no rule skipped
  std::optional<FlowUnits> units;
};

FlowCounts flow_counts(const RunData& run);
/// With the labels, when there are any; the first rater is the model whose cases are counted.
FlowCounts flow_counts(const RunData& run, const AnalysisData& data);

}  // namespace radbatch
