// The step function that never falls and is nearest to the data.
#pragma once

#include <span>
#include <vector>

namespace radbatch {

/// Knots: linear between, held beyond the ends. As scikit-learn's X_thresholds_ and y_thresholds_: of a
/// stretch of equal y only the ends are kept.
struct IsotonicFit {
  std::vector<double> x;  ///< rising
  std::vector<double> y;  ///< not falling

  double at(double value) const;
};

/// Pool adjacent violators (Ayer et al., Ann Math Stat 26 (1955) 641-647; in this order of work Best and
/// Chakravarti, Math Program 47 (1990) 425-439), weighted. Equal x are one point first, their y the mean.
/// `weights` is empty (all 1) or as long; units of weight 0 are not there. Empty when nothing is.
IsotonicFit fit_isotonic(std::span<const double> x, std::span<const double> y,
                         std::span<const double> weights = {});

}  // namespace radbatch
