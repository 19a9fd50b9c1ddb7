// Where in a tensor a finding comes from: what all ways of explaining share, and occlusion, which needs
// nothing of the network but its answers.
//
// Everything here is pure and works on one item of a case, so that a map never depends on the other items.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "radbatch/engine/classifier.hpp"

namespace radbatch {

/// The number that is explained: one class of one output of the network. Where the network's numbers go
/// through a softmax, the log-odds of the class, z_c - log(sum over the others of exp z): what raises all
/// classes alike explains none of them. A sigmoid's log-odds are the number itself.
struct ExplainTarget {
  std::string output;
  std::int64_t index = 0;
  bool is_softmax = false;
};

/// The target of every item. Throws Error(Reason::model_output) when the network has no such output or class.
std::vector<double> target_values(const ExplainTarget& target, std::span<const OutputArray> outputs);

/// The map of one item.
struct AttributionMap {
  std::vector<std::int64_t> shape;  ///< of space, as in the tensor: [i, j] or [i, j, k]
  std::vector<float> values;        ///< C order; positive where the voxel speaks for the finding
  double score = 0;                 ///< the target for the item as it is
  double baseline_score = 0;        ///< integrated gradients: the target for the baseline
  std::size_t runs = 0;             ///< how often the network ran
};

/// The axes of space of an item [1, channels, spatial...]. Throws Error(Reason::dimension) for other than one
/// to three of them.
std::vector<std::int64_t> space_of(const TensorView& item);

/// The item with every channel at one value: `fill`, or where there is none the channel's own mean.
std::vector<float> filled(const TensorView& item, std::optional<float> fill);

/// The box that is covered and how far it moves, in voxels, per axis of space.
struct OcclusionGrid {
  std::vector<std::int64_t> window, stride;
};

/// A window of an eighth of each axis in two dimensions (225 places), a quarter in three (343), moved by half
/// of itself.
OcclusionGrid default_grid(std::span<const std::int64_t> space);

/// Occlusion sensitivity (Zeiler and Fergus, ECCV 2014): the fall of the target when a box is covered by
/// `fill`; of a voxel the mean over all boxes that cover it. The last box of an axis ends with it. `batch`
/// boxes go through the network together, so memory is that of `batch` items. Throws as run_in_batches, and
/// Error(Reason::dimension) for a grid that does not fit the item.
AttributionMap occlusion(Classifier& classifier, const TensorView& item, const ExplainTarget& target,
                         const OcclusionGrid& grid, std::optional<float> fill, std::int64_t batch);

}  // namespace radbatch
