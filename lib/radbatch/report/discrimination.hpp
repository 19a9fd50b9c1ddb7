// How well scores and decisions tell cases with a finding from cases without: areas, tables at thresholds,
// averages, confusion matrices, readers beside the model.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "radbatch/report/part.hpp"
#include "radbatch/stats/proportion.hpp"
#include "radbatch/stats/threshold_choice.hpp"

namespace radbatch {

/// Thresholds that are chosen on units of their own, never on test units.
struct ThresholdFrom {
  std::string condition;  ///< which units: split=="val"
  ThresholdAim aim;
};

struct ThresholdOptions {
  std::vector<ThresholdFrom> from;
  std::vector<std::pair<std::string, double>> given;  ///< finding (name, slug or column) and threshold
  ProportionInterval proportion = ProportionInterval::wilson;
};

/// Reads 'split=="val" at sens=0.95'. Throws Error(ExitCode::usage).
ThresholdFrom parse_threshold_from(const std::string& word);
/// Reads "Effusion=0.3". Throws Error(ExitCode::usage).
std::pair<std::string, double> parse_given_threshold(const std::string& word);

/// Empty without labels of findings or classes. Throws Error(ExitCode::usage) when thresholds would be chosen
/// on test units or their patients, name an unknown finding, or on no units at all.
ReportPart discrimination_part(const PartContext& context, const ThresholdOptions& options);

}  // namespace radbatch
