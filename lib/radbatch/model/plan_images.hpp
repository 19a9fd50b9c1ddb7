// Which images a plan of several works on, step by step.
//
// A case may have several images (T1, T1c, T2, FLAIR). Each begins under the name of its input; steps work on
// the images they name, or on all that are held; ConcatItems, SelectItems and the like change what is held. A
// name that is not held would leave an image unprepared without a word, so the whole plan is gone through
// when the bundle is loaded.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "radbatch/model/plan.hpp"

namespace radbatch {

/// True when a step joins, copies, drops or matches images: only such plans take several.
bool names_images(const Plan& plan);
/// True for a step of that kind.
bool names_images(const PlanStep& step);

/// What is held at one point of a plan, in order: the inputs as the bundle lists them, then what came.
using HeldImages = std::vector<std::string>;

/// The images that step i works on, in the order in which it names them, or all in the order held.
std::vector<std::string> images_of_step(const Plan& plan, std::size_t i, const HeldImages& held);
/// What is held after step i.
HeldImages held_after(const Plan& plan, std::size_t i, const HeldImages& held);

/// Goes through the plan with these inputs and returns the name of the one image that remains: the tensor's.
/// Of one input the plan may use another name ("image"), which becomes the input's. `with_presence`: inputs
/// that add a channel where they are joined (InputSpec::if_missing mask-channel). Throws
/// Error(ExitCode::usage) with the JSON path for a name that is not held, several images left, or a step
/// where it has no meaning.
std::string bind_images(Plan& plan, const std::vector<std::string>& inputs,
                        const std::set<std::string>& with_presence = {}, const std::string& where = "plan");

}  // namespace radbatch
