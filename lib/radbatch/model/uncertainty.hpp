// How sure a prediction is: the entropy of its probabilities, and the spread of several predictions of one
// case.
#pragma once

#include <optional>
#include <span>

#include "radbatch/model/bundle.hpp"

namespace radbatch {

/// Shannon entropy in nats. multi-class: of the probabilities, divided by their sum first (a sigmoid head's
/// need not add up to 1); binary: of p and 1 - p; multi-label: the mean of its findings' binary entropies.
/// Nothing for a regression. 0 ln 0 is 0.
std::optional<double> entropy(HeadKind kind, std::span<const float> values);

struct Spread {
  double mean = 0;
  double sd = 0;  ///< of the sample, divided by n - 1; 0 of one value
};

/// Two passes over the values, so that nothing cancels.
Spread spread(std::span<const double> values);

}  // namespace radbatch
