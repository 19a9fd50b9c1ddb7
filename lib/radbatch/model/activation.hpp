// From the raw numbers of one item, or of one place of a map, to what a head declares: probabilities, or the
// values of a regression.
#pragma once

#include <cstddef>
#include <span>

#include "radbatch/model/bundle.hpp"

namespace radbatch {

/// How many numbers the network gives per item: one per finding, or one per step between the grades of an
/// ordinal head (cumulative, corn).
std::size_t raw_classes(const Head& head);

/// Activates one item: `raw` has raw_classes numbers, `values` one per finding. Double precision.
///
/// cumulative: P(grade > k) = sigmoid(z_k), lowered where it would rise with k, so that no grade gets a
/// negative probability (Cao, Mirjalili, Raschka 2020, "Rank consistent ordinal regression"; there the
/// network shares its weights between the steps and it never rises). corn: P(grade > k) is the product of
/// sigmoid(z_0) ... sigmoid(z_k) (Shi, Cao, Raschka 2023, "Deep neural networks for rank-consistent ordinal
/// regression based on conditional probabilities"). The probability of a grade is the difference of its two
/// neighbours. Throws Error(Reason::model_output) when an activation declared "inside" leaves [0, 1].
void activate(const Head& head, std::span<const float> raw, std::span<double> values);

}  // namespace radbatch
