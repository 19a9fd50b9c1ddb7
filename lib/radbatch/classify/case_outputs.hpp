// What the network says of one prepared tensor, as it is answered: items in fixed batches, or windows over
// one image; maps reduced to one score per finding where they were made.
#pragma once

#include <vector>

#include "radbatch/engine/classifier.hpp"
#include "radbatch/model/bundle.hpp"

namespace radbatch {

/// Runs `tensor` ([items, channels, spatial...]) as the bundle declares. Of the outputs that are dense only
/// those are answered that something of the bundle reads; an output that heads read as a map is answered as
/// scored_output(head), [items, findings], and not itself. Throws what run_in_batches, run_in_windows and
/// reduce_map throw.
std::vector<OutputArray> case_outputs(Classifier& classifier, const Bundle& bundle, const TensorView& tensor);

}  // namespace radbatch
