// Split conformal prediction: sets of findings that hold the true one in at least 1 - alpha of the cases,
// whatever the network, as long as the calibration cases and the new ones are exchangeable.
//
// A score of 1 - p says how badly a label fits (LAC: Sadinle, Lei and Wasserman 2019); APS sums the
// probabilities down to the label instead (Romano, Sesia and Candes 2020; without its random part, so that a
// rerun gives the same set, which only makes sets larger). The threshold is the ceil((n + 1)(1 - alpha))-th
// smallest score of n cases.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace radbatch {

enum class ConformalMethod { lac, aps };

std::string_view name(ConformalMethod method);  ///< "lac"
/// Throws Error(ExitCode::usage).
ConformalMethod parse_conformal_method(const std::string& word);

/// How badly each label fits a case with these probabilities: smaller fits better. Of equal probabilities the
/// earlier label counts as the likelier.
std::vector<double> conformal_scores(ConformalMethod method, std::span<const double> probabilities);

/// The fewest calibration cases that give a finite threshold: ceil(1 / alpha) - 1.
std::size_t least_calibration_cases(double alpha);

/// The threshold from the scores of the true labels. Throws Error(ExitCode::usage) that names the least
/// number when there are too few.
double conformal_threshold(std::vector<double> scores, double alpha);

/// The labels whose score is not above the threshold, ascending; may be empty.
std::vector<std::size_t> conformal_set(ConformalMethod method, double threshold,
                                       std::span<const double> probabilities);

}  // namespace radbatch
