// What a plan does to the grid of an image, step by step, without a voxel of it: shapes, axes, spacing,
// affine, and what the fused executor joins with what.
//
// The steps themselves are run, by the executor that prepares, on an image that has a grid and no samples, so
// that what is told here cannot differ from what is done.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "radbatch/model/plan.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// The grid of one item after a step.
struct StepGrid {
  std::string name;                 ///< of the step; "image" for the image as it is read
  std::vector<std::int64_t> shape;  ///< [channels, spatial...]
  std::vector<std::string> axes;    ///< of the spatial axes: "R", "A", "S", or "i", "j", "k"
  Affine ras;                       ///< spatial index -> RAS mm
  std::int64_t items = 1;           ///< that one frame has become
  bool depends_on_image =
      false;  ///< this step or one before it crops by what the image shows or its header says
  std::vector<std::string> fused;  ///< what becomes of the step in fused execution
};

struct PlanGrids {
  std::vector<StepGrid> steps;     ///< the image, then every step up to the first that refuses
  std::string problem;             ///< what that one says; empty when all went
  std::vector<std::string> tensor;  ///< how fused execution makes the network's input of what is left
};

/// `image` needs no samples. A step that depends on the image's content changes nothing and says so: shapes
/// after it are upper limits.
PlanGrids explain_grids(const Volume& image, const Plan& plan);

/// What a step does to values: "" for none, "each value", "by statistics of the image".
std::string value_effect(const PlanStep& step);

}  // namespace radbatch
