// From resampled values to an interval: the arithmetic shared by the forms of the bootstrap.
#pragma once

#include <span>
#include <vector>

#include "radbatch/stats/bootstrap.hpp"

namespace radbatch {

/// A value with one cluster, or group of clusters, left out; `weight` such clusters give the same value.
struct LeftOut {
  double value = 0;
  double weight = 1;
};

/// Acceleration of BCa: sum d^3 / (6 (sum d^2)^1.5) with d = mean - value (Efron 1987, equation 7.3). NaN
/// when nothing varies or a value is missing.
double acceleration(std::span<const LeftOut> left_out);

/// `value` is of the data, NaN: not defined. `resampled` may hold NaN. `n_clusters` are what was drawn from.
Bootstrapped summarize_resamples(const BootstrapPlan& plan, double value, std::vector<double> resampled,
                                 double acceleration, std::size_t n_clusters);

}  // namespace radbatch
