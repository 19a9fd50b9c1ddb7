// A plan over several images of a case: each under its name, on its own grid, until ConcatItems joins them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "radbatch/prepare/prepare.hpp"

namespace radbatch {

/// One input of a case.
struct NamedVolume {
  std::string name;
  std::optional<Volume> volume;  ///< nothing: the case does not have it, zeros stand for it
  int channels = 1;              ///< of the zeros
  /// ConcatItems adds a channel behind those of all its images: 1 where the case has this one, 0 where not.
  bool with_presence_channel = false;
};

/// Runs a plan that speaks of images by name (plan_images.hpp); bind_images has checked it. A missing input
/// is zeros on the grid of the first that is there, and goes through the steps like it. Throws as `prepare`,
/// and Error(Reason::prepare) that names the step and both images when ConcatItems is given different grids,
/// Error(Reason::missing_input) when no input is there, Error(Reason::dimension) for an image with frames.
PreparedTensor prepare_several(std::vector<NamedVolume> inputs, const Plan& plan,
                               const PrepareOptions& options = {});

}  // namespace radbatch
