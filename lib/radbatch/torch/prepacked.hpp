// A frozen graph whose convolutions are oneDNN's own, as torch.compile would call them.
//
// LibTorch sends a convolution of batch 1 in three dimensions past oneDNN (at::native::ConvParams::use_mkldnn
// asks for a batch above 1), lays the weights out anew at every call, and gives the activation a pass of its
// own. Here the weights are laid out once, a following addition and relu are part of the convolution, and
// all of it is channels last. Twice as fast as the frozen graph for a 3-D ResNet on one thread.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <memory>

namespace torch::jit {
struct Graph;
struct Module;
}  // namespace torch::jit

namespace radbatch {

/// The graph of forward(self, x) of a module that is frozen. `example` [N, C, spatial...] stands for the
/// inputs to come: it is run once for the shapes in between. With `body` bfloat16 convolutions run in it, but
/// those of fewer than eight channels, which lose more than they gain. Throws Error for a graph that writes
/// into its tensors, c10::Error for what LibTorch cannot run on the way.
std::shared_ptr<torch::jit::Graph> prepacked(const torch::jit::Module& frozen, const at::Tensor& example,
                                             c10::ScalarType body);

}  // namespace radbatch
