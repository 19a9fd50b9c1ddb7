// LOESS: a curve through a scatter without a formula for its shape.
#pragma once

#include <span>
#include <vector>

namespace radbatch {

struct LoessOptions {
  double span = 0.75;  ///< share of the data that each local fit sees, above 0, at most 1
  int degree = 2;      ///< 1: lines, 2: parabolas
};

/// Local regression with tricube weights (Cleveland, J Am Stat Assoc 74 (1979) 829-836, without his robust
/// iterations, which are not for 0/1 data), evaluated exactly at the points `at`; the defaults are those of
/// R's loess. `x` rises (equal ones are allowed), `weights` is empty or as long (frequencies: a weight of 2
/// is a point that is there twice). As in Cleveland's program, points nearer than 0.001 of the bandwidth
/// count fully and those beyond 0.999 of it not at all. A fit that its points do not determine is made with
/// the next lower degree. NaN at every point when there is no weight.
std::vector<double> loess(std::span<const double> x, std::span<const double> y,
                          std::span<const double> weights, std::span<const double> at,
                          const LoessOptions& options);

}  // namespace radbatch
