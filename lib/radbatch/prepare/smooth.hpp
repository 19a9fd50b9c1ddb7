// Gaussian smoothing before an image shrinks, zeros around the image, axis after axis.
#pragma once

#include <vector>

#include "radbatch/prepare/image.hpp"

namespace radbatch::prepare_detail {

/// Weights of voxels -n to n.
using Kernel = std::vector<double>;

/// MONAI's gaussian_1d with approx "erf": the Gaussian's integral over each voxel, in float32, cut at 4 sigma
/// and not normalised.
Kernel erf_gaussian(double sigma);
/// scipy.ndimage's _gaussian_kernel1d: sampled at the voxels' centres, cut at 4 sigma, sum 1.
Kernel sampled_gaussian(double sigma);

/// Smooths along spatial axis a by sigma[a] voxels; 0 leaves the axis alone. Rounds to float32 after each
/// axis.
void smooth(Image& image, const std::vector<double>& sigma, Kernel (*kernel)(double));

}  // namespace radbatch::prepare_detail
