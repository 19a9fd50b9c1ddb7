// Finding the files of an input folder, without opening any.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "radbatch/study/file_record.hpp"

namespace radbatch {

/// What lies under one input root: records with path, root, size and mtime only, sorted by path bytes.
/// Links are followed inside the root, not out of it; a folder is entered once, whatever links lead to it.
/// FIFOs, sockets and devices are listed with E_NOT_IMAGE, folders that cannot be opened with E_IO. A root
/// that is a file gives that file, with its folder as the root. `skip` (the output folder) is not entered.
/// Throws Error(ExitCode::usage) when the root does not exist.
std::vector<FileRecord> walk(const std::filesystem::path& root, const std::filesystem::path& skip = {});

}  // namespace radbatch
