// AOTInductor packages as a Classifier: machine code for one instruction set, twice as fast on a CPU.
#pragma once

#include <filesystem>
#include <memory>

#include "radbatch/engine/classifier.hpp"
#include "radbatch/torch/device.hpp"

namespace radbatch {

/// Loads the unpacked package in `folder`. Throws Error(ExitCode::model) that names request.path, also when
/// it was compiled for another instruction set or device: the library that it is would crash instead.
std::unique_ptr<Classifier> load_aotinductor(const std::filesystem::path& folder,
                                             const BackendRequest& request, const Device& device);

}  // namespace radbatch
