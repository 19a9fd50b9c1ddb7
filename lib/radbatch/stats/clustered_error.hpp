// Standard errors that know that units of one patient are alike.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "radbatch/stats/interval.hpp"

namespace radbatch {

/// Standard error of an estimate from its influence values, one per unit and already divided by n: the square
/// root of G / (G - 1) * sum over clusters of (sum of the cluster's values)^2. With every unit a cluster of
/// its own that is the usual s / sqrt(n) of a mean. (Linearisation estimator: Binder, Int Stat Rev 51 (1983)
/// 279-292; Williams, Biometrics 56 (2000) 645-646.) `cluster` is empty (all units independent) or as long.
/// Nothing with fewer than two clusters.
std::optional<double> clustered_error(std::span<const double> influence,
                                      std::span<const std::uint32_t> cluster);

std::size_t count_clusters(std::span<const std::uint32_t> cluster);
/// True when some cluster has two units.
bool has_clusters(std::span<const std::uint32_t> cluster);

/// value +- z * error, named `method`, with ", clustered by patient" where that is so.
Interval wald_interval(double value, double error, double level, const std::string& method,
                       bool is_clustered);
/// The same on the logarithm of a ratio.
Interval log_interval(double ratio, double log_error, double level, const std::string& method,
                      bool is_clustered);

}  // namespace radbatch
