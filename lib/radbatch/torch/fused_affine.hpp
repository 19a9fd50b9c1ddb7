// A batch norm of known statistics and the relu behind it, over the channels of several tensors, in one pass.
//
// A DenseNet does this before every convolution: it joins all earlier features, scales, shifts and clips
// them. As four operators that is four times through memory, most of the time of such a network on a CPU.
#pragma once

#include <memory>

namespace torch::jit {
struct Graph;
}

namespace radbatch {

/// Puts one operator in the place of every aten::batch_norm that is followed by a relu, with the aten::cat
/// before it (and those before that one) taken in. Weights and statistics have to be constants. The operator
/// reads and writes channels last.
void fuse_affine(const std::shared_ptr<torch::jit::Graph>& graph);

}  // namespace radbatch
