// One test of many: what is left of a p-value when several questions were asked.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace radbatch {

/// p-values adjusted by S. Holm's step-down method, Scand J Stat 6 (1979) 65-70: the i-th smallest of k is
/// multiplied by k - i + 1, and none becomes smaller than the one before it; at most 1. Controls the chance
/// of any false rejection whatever the dependence between the tests. Missing ones stay missing and do not
/// count.
std::vector<std::optional<double>> holm(std::span<const std::optional<double>> p_values);

}  // namespace radbatch
