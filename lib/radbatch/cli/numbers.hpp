// Numbers with a fraction, alone and in lists, as options take them.
#pragma once

#include <string>
#include <vector>

namespace radbatch {

/// From `low` to `high`, both included. Throws Error(ExitCode::usage) that says so.
double parse_number(const std::string& word, double low, double high);
/// "0.01,0.05,0.2", each as above; at least one.
std::vector<double> parse_numbers(const std::string& word, double low, double high);

}  // namespace radbatch
