// The model's own conditions, tested on header values before any pixel is read.
//
// A brain model fed with a knee gives a score like any other; only the declared contract can tell.
#pragma once

#include <string>
#include <vector>

#include "radbatch/model/bundle.hpp"

namespace radbatch {

/// What headers say about one image.
struct ImageFacts {
  std::string modality;  ///< DICOM Modality; empty when the format has none (PNG, NIfTI)
  int dims = 3;          ///< 2 or 3
  int channels = 1;
  std::vector<double> spacing_mm;  ///< along i, j (, k); empty when unknown
  std::string photometric;         ///< DICOM PhotometricInterpretation; empty when the format has none
};

/// Returns flags for what could not be checked: "W_MODALITY_UNKNOWN",
/// "W_PHOTOMETRIC_UNKNOWN", "W_SPACING_UNKNOWN".
/// Throws Error(Reason::modality | dimension | channels | photometric | spacing) that says what was found and
/// expected.
std::vector<std::string> check_input(const InputSpec& input, const ImageFacts& facts);

/// Throws Error(Reason::range) when values of the image as read leave the declared range.
void check_values(const InputSpec& input, float smallest, float largest);

}  // namespace radbatch
