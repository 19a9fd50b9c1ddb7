// Dates as months: a day is a patient's, a month of many patients is not.
#pragma once

#include <optional>
#include <string>

namespace radbatch {

enum class TimeStep { month, quarter, year };

/// Months since year 0 of "20230115", "2023-01-15", "2023/1/15", "2023.01.15", "2023-01", with or without a
/// time of day behind; missing where it is no date of 1900 to 2199.
std::optional<int> read_study_date(const std::string& text);

/// Number of the step that a month lies in, ascending in time without gaps.
int step_of(int month, TimeStep step);
/// "2023-01", "2023-Q1", "2023".
std::string step_name(int number, TimeStep step);
/// Years, for an axis: the step's middle.
double step_year(int number, TimeStep step);

/// "month", "quarter", "year". Throws Error(ExitCode::usage).
TimeStep parse_time_step(const std::string& word);

}  // namespace radbatch
