// Warnings about an image that only its values can give.
#pragma once

#include <string>
#include <vector>

#include "radbatch/study/image_source.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// W_HU_IMPLAUSIBLE where an original CT says nothing of another unit and its values cannot be Hounsfield
/// units (see dicom/hounsfield.hpp). PixelPaddingValue is no value.
std::vector<std::string> value_flags(const ImageSource& source, const Volume& volume);

}  // namespace radbatch
