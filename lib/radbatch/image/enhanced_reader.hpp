// Frames of multi-frame DICOM files and tiles of mosaics, put where their headers say.
#pragma once

#include "radbatch/study/image_source.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// The image whose planes `source.planes` names, with `source.lps`; each plane has its own rescale. Each file
/// is decoded once. Throws what read_stored_pixels throws with the file's number in front,
/// Error(Reason::bad_header) when a file has fewer frames than the planes ask for or files differ in size or
/// type.
Volume read_planes(const ImageSource& source, std::uint64_t max_bytes, std::size_t threads = 1);

/// The same samples as `time_points` volumes one after the other: k / time_points slices each.
Volume over_time(Volume stack, std::int64_t time_points);

}  // namespace radbatch
