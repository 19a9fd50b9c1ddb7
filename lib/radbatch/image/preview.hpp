// One small picture of an image, for reports: what was classified, not something to read findings from.
#pragma once

#include <string>

#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// PNG bytes of the middle slice (of the picture where there is one slice), first frame; the longer side has
/// `max_side` pixels at most.
///
/// Grey values run from the 1st to the 99th percentile of the slice, colours are kept. Pixels are square in
/// mm. With a geometry the slice is turned as radiologists look at its acquisition plane: axial and coronal
/// with the patient's right at the left of the picture, anterior or head up; sagittal with anterior at the
/// left, head up. The bytes depend on the volume and `max_side` only.
std::string preview_png(const Volume& volume, int max_side);

}  // namespace radbatch
