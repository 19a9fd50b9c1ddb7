// A picture of a result as a DICOM Secondary Capture, for viewers that show images only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "radbatch/study/reported_result.hpp"

namespace radbatch {

/// Pixels of 8 bits, rows from top to bottom, channels fastest; 1 channel (grey) or 3 (RGB).
struct CapturedPixels {
  std::size_t width = 0, height = 0, channels = 3;
  std::span<const std::uint8_t> values;
};

/// The bytes of a DICOM file: ImageType DERIVED\SECONDARY, the images that it is made of in
/// SourceImageSequence, how it came about in DerivationDescription, patient and study of the first file. The
/// same content gives the same bytes. Throws Error(Reason) when a header cannot be referred to or the picture
/// is too large.
std::string secondary_capture(const ReportedPicture& picture, const CapturedPixels& pixels);

}  // namespace radbatch
