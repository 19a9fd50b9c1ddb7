// A stack of single-frame DICOM files to one volume, slices in parallel.
//
// Where the scan has left the place of the pixels (ImageSource::plain), each file is opened once and read
// straight into its slice; any other slice is parsed and decoded.
#pragma once

#include <optional>

#include "radbatch/image/read_options.hpp"
#include "radbatch/study/image_source.hpp"

namespace radbatch {

/// Needs `source.lps`. Throws what read_stored_pixels throws with "file 2 of 28: " in front,
/// Error(Reason::mixed_orientation) when slices differ in size, Error(Reason::bad_header) when they differ in
/// type, Error(Reason::file_changed) when a file is not what it was when its header was read.
ReadImage read_stack(const ImageSource& source, const ReadOptions& options);

/// The fast path alone: all files as slices along k, without geometry. Nothing when a file is not plain, the
/// files differ in size or type, or the values need int32.
std::optional<ReadImage> read_plain(const ImageSource& source, const ReadOptions& options);

}  // namespace radbatch
