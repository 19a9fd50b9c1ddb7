// NIfTI files in and out, plain and gzip.
#pragma once

#include <cstdint>
#include <filesystem>

#include "radbatch/image/nifti_header.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// The header of a .nii or .nii.gz by its bytes, whatever its name; of a gzip file only the first bytes are
/// unpacked. For a plain file the length is checked too.
/// Throws Error(Reason::bad_header), Error(Reason::truncated_pixels), Error(Reason::too_large),
/// Error(Reason::io).
NiftiHeader read_nifti_header(const std::filesystem::path& path);
/// Throws the same; what unpacks to more than the header declares (and 1 MiB) is refused.
Volume read_nifti(const std::filesystem::path& path, std::uint64_t max_bytes);

}  // namespace radbatch
