// The part of an image that a case means: a box in the world, from a manifest's roi or from a painted mask.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace radbatch {

struct Volume;

/// The eight corners of a box, in LPS mm; of images without geometry, in voxels. The box may be turned
/// against the axes of the world, as the grid of a mask is.
struct Region {
  std::array<std::array<double, 3>, 8> corners{};
};

/// A box along the axes of the world.
Region box_region(const std::array<double, 3>& center_ras, const std::array<double, 3>& size_mm);

/// The smallest box along the mask's own axes that holds every voxel of `label` whole (without a label: every
/// voxel other than 0). Where the mask or the image has no geometry, the mask's voxels are those of the
/// image. Throws Error(Reason::prepare) when the mask has channels or frames, or another size than an image
/// without geometry; Error(Reason::missing_input) when no voxel has the label.
Region mask_region(const Volume& mask, std::optional<double> label, const Volume& image);

}  // namespace radbatch
