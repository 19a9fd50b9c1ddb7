// Which worker runs which backend of a model, and what keeps one from running here.
//
// Each library that runs networks has an executable of its own. A build may be without one of them, so the
// question is asked of the folder in which the workers lie, not of the build.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "radbatch/model/bundle.hpp"

namespace radbatch {

/// The executable for backends of this kind (Backend::kind).
std::filesystem::path classify_worker(std::string_view kind);

/// For choose_backend: what a build without OpenVINO, or `device` ("cpu", "cuda:1"), keeps from running.
BackendObstacle backend_obstacle(const std::string& device);

}  // namespace radbatch
