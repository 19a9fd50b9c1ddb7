// The unpacked form of a compiled model: LibTorch loads it as a shared library, so it has to be a file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "radbatch/engine/classifier.hpp"

namespace radbatch {

/// Unpacks the archive to <cache_dir>/<digest>/ and returns that folder. It appears whole or not at all, and
/// one that is there already is compared with the archive byte by byte, for what is in it will be run. Throws
/// Error(ExitCode::model) for names that lead out of the folder, Error(ExitCode::output) where it cannot
/// write.
std::filesystem::path unpack_package(std::string_view bytes, const std::string& digest,
                                     const BackendRequest& request);

}  // namespace radbatch
