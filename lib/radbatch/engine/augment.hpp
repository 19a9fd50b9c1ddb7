// Test-time augmentation carried out: one sight of a prepared tensor, in a buffer of its own.
#pragma once

#include <span>
#include <vector>

#include "radbatch/engine/classifier.hpp"
#include "radbatch/model/tta.hpp"

namespace radbatch {

/// The values of `tensor` ([items, channels, spatial...]) as `sight` sees them, in the tensor's own shape. A
/// move in the plane is sampled linearly, beyond the edge the edge's value (scipy.ndimage.affine_transform
/// with order=1, mode="nearest"); rotation is about the plane's centre in steps of the grid, as in training
/// on pixels. Throws Error(ExitCode::internal) for a sight that the tensor has no axes for.
std::vector<float> augmented(const TensorView& tensor, const Sight& sight);

}  // namespace radbatch
