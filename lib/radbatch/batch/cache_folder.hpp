// Where a user's radbatch keeps what can be made again: unpacked compiled models, self tests that passed.
#pragma once

#include <filesystem>

namespace radbatch {

/// RADBATCH_CACHE_DIR, else radbatch in XDG_CACHE_HOME, in ~/.cache, or in the folder for temporary files.
std::filesystem::path cache_folder();

}  // namespace radbatch
