// How far two ways of naming the same cases agree beyond what chance would give.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "radbatch/stats/interval.hpp"

namespace radbatch {

/// How much a disagreement over one or several steps of the order counts.
enum class KappaWeights {
  none,       ///< all disagreements alike: classes without an order
  linear,     ///< by the distance of the classes
  quadratic,  ///< by its square
};

/// Cohen's kappa of a square table of counts, row-major counts[a * n_classes + b]; weighted after Cohen,
/// Psychol Bull 70 (1968) 213-220. No value when the table is empty or when both name one and the same class
/// throughout, as chance then agrees fully. Counts may be weights of a resample.
std::optional<double> kappa_value(std::span<const double> counts, std::size_t n_classes,
                                  KappaWeights weights = KappaWeights::none);

/// With the large-sample interval of Fleiss, Cohen and Everitt, Psychol Bull 72 (1969) 323-327, cut at -1 and
/// 1, for independent units; none when its standard error is zero (complete agreement). `n` is the table's
/// total.
Estimate kappa(std::span<const double> counts, std::size_t n_classes,
               KappaWeights weights = KappaWeights::none, double level = 0.95);

/// The standard error of `kappa`'s interval; missing where there is no value.
std::optional<double> kappa_standard_error(std::span<const double> counts, std::size_t n_classes,
                                           KappaWeights weights = KappaWeights::none);

}  // namespace radbatch
