// TorchScript as a Classifier. Deprecated upstream and what most published models are, so it is the format
// that bundles ship.
#pragma once

#include <memory>
#include <string_view>

#include "radbatch/engine/classifier.hpp"
#include "radbatch/torch/device.hpp"

namespace radbatch {

/// `bytes` are only needed during the call. Throws Error(ExitCode::model) that names request.path.
std::unique_ptr<Classifier> load_torchscript(std::string_view bytes, const BackendRequest& request,
                                             const Device& device);

}  // namespace radbatch
