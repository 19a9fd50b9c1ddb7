// Derivatives of a TorchScript network by LibTorch's autograd.
//
// A second copy of the network, loaded when the first explanation asks: what scores is frozen and laid out
// for speed, which autograd has no use for.
#pragma once

#include <memory>
#include <string_view>

#include "radbatch/engine/gradients.hpp"
#include "radbatch/torch/device.hpp"

namespace radbatch {

/// `bytes` are only needed during the call. Throws Error(ExitCode::model) that names request.path.
std::unique_ptr<Differentiable> load_torchscript_gradients(std::string_view bytes,
                                                           const BackendRequest& request,
                                                           const Device& device);

}  // namespace radbatch
