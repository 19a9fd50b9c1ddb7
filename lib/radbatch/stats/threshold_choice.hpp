// A threshold from labelled scores: what is aimed at, and where it lies.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/stats/ranked_scores.hpp"

namespace radbatch {

/// What a threshold is chosen for.
struct ThresholdAim {
  enum class Kind {
    sensitivity,  ///< the most specific threshold whose sensitivity reaches `target`
    specificity,  ///< the most sensitive threshold whose specificity reaches `target`
    youden,       ///< largest sensitivity + specificity - 1 (Youden, Cancer 3 (1950) 32-35)
    f1,           ///< largest F1
  };
  Kind kind = Kind::youden;
  double target = 0;  ///< in (0, 1]; of sensitivity and specificity
};

/// "sens=0.95", "spec=0.9", "youden", "f1". Throws Error(ExitCode::usage) that lists these.
ThresholdAim parse_threshold_aim(const std::string& word);
/// The inverse, in words: "sensitivity 0.95", "largest F1".
std::string describe(const ThresholdAim& aim);

/// A chosen threshold and what it reached on the units it was chosen on.
struct ChosenThreshold {
  double threshold = 0;  ///< called positive when score >= threshold; one of the scores, or above all
  double sensitivity = 0, specificity = 0;
};

/// Of several equally good, the highest. Nothing when a class is empty. A specificity that no threshold among
/// the scores reaches is reached above all of them: infinity.
std::optional<ChosenThreshold> choose_threshold(const RankedScores& ranked, const ThresholdAim& aim);

}  // namespace radbatch
