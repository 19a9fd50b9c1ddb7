// Patients on both sides: what was fitted on them is not judged on them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "radbatch/report/analysis_data.hpp"

namespace radbatch {

/// Refuses to judge on patients that `what` ("the threshold of --threshold-from") has seen: units that are
/// both test and `fitted_on`, or test units of a patient with a unit in `fitted_on`. Throws
/// Error(ExitCode::usage) with hashes of the patients unless AnalysisData::allows_leak, which lets patients
/// through, never units.
void refuse_leak(const AnalysisData& data, const std::vector<std::uint8_t>& fitted_on,
                 const std::string& what);

/// The same for patients with units in several folds: they were learned from where they are judged.
void refuse_leaking_folds(const AnalysisData& data, const std::string& column);

}  // namespace radbatch
