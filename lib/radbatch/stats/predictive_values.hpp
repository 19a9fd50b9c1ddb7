// What a positive or negative call means where the finding is more or less common than in the study.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "radbatch/stats/confusion.hpp"
#include "radbatch/stats/interval.hpp"

namespace radbatch {

struct PredictiveValues {
  double prevalence = 0;
  Estimate positive, negative;  ///< PPV, NPV
};

/// Calls against truth, one value per unit.
struct CalledUnits {
  std::vector<bool> called, positive;
  std::span<const std::uint32_t> cluster;  ///< empty or as long

  BinaryCounts counts() const;
  /// Wilson's interval; by cluster as stats/proportion.hpp says.
  Estimate sensitivity(double level) const;
  Estimate specificity(double level) const;
};

/// Bayes' rule at a prevalence that is given, within (0, 1), as if known without error, with the
/// logit-scale delta intervals of Mercaldo, Lau and Zhou, Stat Med 26 (2007) 2170-2183; by cluster where
/// units share one. Where sensitivity or specificity is 0 or 1 the interval is of the counts with z^2 / 2
/// added to each, as that paper advises.
PredictiveValues predictive_values(const CalledUnits& units, double prevalence, double level);

}  // namespace radbatch
