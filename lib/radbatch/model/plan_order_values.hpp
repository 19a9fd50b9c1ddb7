// Orders of readers and value steps that would give other numbers here than in the training code.
#pragma once

#include <string>

#include "radbatch/model/plan.hpp"

namespace radbatch::plan_checks {

/// Throws Error(ExitCode::usage) with the step's path and what to do.
///
/// Two states are followed through the plan, of several images for each of them. The type that training code
/// held its numbers in: radbatch counts in float32, so between a conversion to another type and the way back
/// only steps that move voxels may stand. And whether values are still those of the file, which is what
/// torchvision's and TorchXRayVision's conversions divide.
void check_value_order(const Plan& plan, const std::string& where);

}  // namespace radbatch::plan_checks
