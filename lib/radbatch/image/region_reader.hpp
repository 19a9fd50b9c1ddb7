// The region of a case, from what its manifest says: a box in mm, or the box of a painted mask.
#pragma once

#include <string>
#include <vector>

#include "radbatch/image/read_options.hpp"
#include "radbatch/volume/region.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

struct ReadRegion {
  Region region;
  std::vector<std::string> digests;  ///< of the mask's file; empty for a roi
};

/// `json` is CaseRecord::region. Throws as read_image and mask_region; Error(Reason::prepare) when the mask
/// is none of NIfTI, NRRD, MetaImage, PNG and TIFF, and for a roi in mm of an image without geometry.
ReadRegion read_region(const Json& json, const Volume& image, const ReadOptions& options);

}  // namespace radbatch
