// A network's forward() that also gives what one of its layers gave: for Grad-CAM. TorchScript has no hooks
// in C++, but its graph can be read and given one output more.
#pragma once

#include <memory>
#include <string>

namespace torch::jit {
struct Graph;
struct Module;
}  // namespace torch::jit

namespace radbatch {

/// A copy of forward()'s graph with the result of the layer as its last output. `layer` is the path of a
/// module
/// ("features", "encoder.layer4") that forward() calls, not inside a branch or loop; of several calls the
/// last. Throws Error(Reason::model_output) that names the layers there are.
std::shared_ptr<torch::jit::Graph> graph_with_layer(const torch::jit::Module& module,
                                                    const std::string& layer);

}  // namespace radbatch
