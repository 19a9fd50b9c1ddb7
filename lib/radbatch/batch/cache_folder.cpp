#include "radbatch/batch/cache_folder.hpp"

#include <cstdlib>

namespace radbatch {

std::filesystem::path cache_folder() {
  namespace fs = std::filesystem;
  if (const char* chosen = std::getenv("RADBATCH_CACHE_DIR")) return chosen;
  if (const char* cache = std::getenv("XDG_CACHE_HOME")) return fs::path(cache) / "radbatch";
  if (const char* home = std::getenv("HOME")) return fs::path(home) / ".cache" / "radbatch";
  return fs::temp_directory_path() / "radbatch-cache";
}

}  // namespace radbatch
