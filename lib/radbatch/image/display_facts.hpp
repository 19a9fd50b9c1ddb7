// What the header of a DICOM image says of showing its values (WindowLevel and torchxrayvision.normalize of
// plans ask for it).
#pragma once

#include <optional>

#include "radbatch/study/image_source.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// Windows in the values of `volume` as read: of MONOCHROME1, whose values the reader inverts, turned about.
/// Nothing for other files than DICOM.
std::optional<Display> display_of(const ImageSource& source, const Volume& volume);

}  // namespace radbatch
