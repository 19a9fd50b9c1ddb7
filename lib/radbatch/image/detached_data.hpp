// The data file that a MetaImage or NRRD header names, if it is not in the header's own file.
#pragma once

#include <filesystem>
#include <optional>

#include "radbatch/study/file_record.hpp"

namespace radbatch {

/// The data file beside the header, or nothing when the samples follow the header (or the kind has none).
/// Throws Error(Reason::bad_header) when the header names several files or one outside its own folder: a
/// header from somewhere else must not make us read /etc.
std::optional<std::filesystem::path> detached_data_file(const std::filesystem::path& header, FileKind kind);

}  // namespace radbatch
