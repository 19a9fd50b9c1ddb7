// NRRD, MetaImage, PNG and TIFF through ITK: one ImageIO class per kind, made directly.
//
// No factories: they probe every file with every reader. ITK's types stay in the source.
#pragma once

#include <cstdint>
#include <filesystem>

#include "radbatch/base/json.hpp"
#include "radbatch/study/file_record.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// The attributes of scan_file for a file of `kind`; reads the header only. Throws Error(Reason::bad_header).
Json itk_attributes(const std::filesystem::path& path, FileKind kind);
/// Pictures have no geometry and lose their alpha channel; NRRD and MetaImage keep spacing, origin and
/// direction. Throws Error(Reason::truncated_pixels), Error(Reason::bad_header), Error(Reason::too_large),
/// Error(Reason::dimension), Error(Reason::channels).
Volume read_with_itk(const std::filesystem::path& path, FileKind kind, std::uint64_t max_bytes);

}  // namespace radbatch
