// The digest of one file of an image. Internal to the module.
#pragma once

#include <filesystem>
#include <string>

namespace radbatch {

/// SHA-256 of the file's bytes. Throws Error(Reason::io) without the path, which may hold the patient's name.
std::string file_digest(const std::filesystem::path& file);

}  // namespace radbatch
