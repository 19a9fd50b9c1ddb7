// A dense output (a map of numbers over the image) as one score per finding: activated place by place, then
// reduced by the head's rule. It runs where the network ran, because a map is too large to travel.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "radbatch/model/bundle.hpp"

namespace radbatch {

/// By which name the numbers of a head stand among the outputs: the network's, or of a map "<output>.<head>",
/// which holds one probability per finding.
std::string scored_output(const Head& head);

/// `values` is [items, classes, places], C order, with the raw numbers of the network. Returns [items,
/// findings]. Throws Error(Reason::model_output) when `classes` is not what the head declares.
std::vector<float> reduce_map(const Head& head, std::span<const float> values, std::int64_t items,
                              std::int64_t classes);

}  // namespace radbatch
