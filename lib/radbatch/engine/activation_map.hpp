// Class activation maps: what the network's last feature maps say for a class, brought to the grid of the
// tensor.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "radbatch/engine/explain.hpp"
#include "radbatch/engine/gradients.hpp"

namespace radbatch {

/// Linear interpolation between the centres of voxels, constant beyond the outermost: PyTorch's
/// interpolate(mode="linear", align_corners=False) of one to three axes.
std::vector<float> enlarged(std::span<const float> values, std::span<const std::int64_t> from,
                            std::span<const std::int64_t> to);

/// CAM (Zhou et al., CVPR 2016): the sum over channels of weight times feature map. `features` names an
/// output [items, channels, spatial...] of the network, `weights` has one number per channel: the row of the
/// class in the layer that follows global average pooling. Throws Error(Reason::model_output) when they do
/// not fit.
AttributionMap class_activation(Classifier& classifier, const TensorView& item, const ExplainTarget& target,
                                const std::string& features, std::span<const float> weights,
                                std::int64_t batch);

/// Grad-CAM (Selvaraju et al., ICCV 2017): each channel of the layer weighted by the mean of the target's
/// derivative over it; negative sums become 0.
AttributionMap gradient_activation(Differentiable& network, const TensorView& item,
                                   const ExplainTarget& target, const std::string& layer);

}  // namespace radbatch
