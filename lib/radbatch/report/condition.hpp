// Conditions over the columns of an analysis: `split=="val"`, `age_years>=65 and sex=="F"`, `site in (A, B)`,
// `age_years is missing`. The language is that of base/condition.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "radbatch/report/analysis_data.hpp"

namespace radbatch {

/// [unit] 1 where the condition holds, test units or not. Two numbers are compared as numbers, anything else
/// as text; a number is never greater or less than text. A unit whose value is missing meets no comparison
/// but `is missing`. Throws Error(ExitCode::usage) that names the place in the text, an unknown column with
/// the nearest known one, or a column without numbers that is to be greater or less than one.
std::vector<std::uint8_t> units_where(const AnalysisData& data, const std::string& condition);

/// The columns that a condition compares, in the order of its text. Throws as above.
std::vector<std::string> columns_of_condition(const AnalysisData& data, const std::string& condition);

}  // namespace radbatch
