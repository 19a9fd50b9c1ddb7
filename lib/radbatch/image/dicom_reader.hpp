// DICOM files to one Volume: slices put in the order the headers gave, frames of one file beside each other.
#pragma once

#include "radbatch/study/image_source.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// With `source.lps` a stack (dims 3, and time); with `source.planes` too, read_planes; without `lps` one
/// file with one or more frames (dims 2, no geometry but the pixel spacing of the attributes).
///
/// Values are rescaled in double precision; they stay in the stored type where no slice has a rescale, become
/// int16 or int32 where all results are whole numbers in range, float32 otherwise. Throws what
/// read_stored_pixels throws with the file's name in front, Error(Reason::mixed_orientation) when slices
/// differ in size, Error(Reason::bad_header) when they differ in type.
Volume read_dicom(const ImageSource& source, std::uint64_t max_bytes, std::size_t threads = 1);

/// Frames without a geometry: dims 2, the pixel spacing of the header and nothing else.
void make_picture(Volume& volume, const Json& attributes);

}  // namespace radbatch
