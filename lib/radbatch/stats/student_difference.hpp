// Differences whose variance stands on few patients: Student's t in place of the normal distribution.
#pragma once

#include <string>

#include "radbatch/stats/difference.hpp"

namespace radbatch {

/// value -+ t * standard_error with that many degrees of freedom, and the two-sided t test; neither where the
/// error is 0 or `degrees` is below 1, and `why_not` says `when_zero` then.
Difference student_difference(double value, double standard_error, double degrees, double level,
                              const std::string& method, const std::string& when_zero);

/// A variance and the degrees of freedom that it stands on.
struct EstimatedVariance {
  double variance = 0, degrees = 0;
};

/// Degrees of freedom of a sum of two independent variances: B. L. Welch, Biometrika 34 (1947) 28-35.
double welch_degrees(const EstimatedVariance& first, const EstimatedVariance& second);

}  // namespace radbatch
