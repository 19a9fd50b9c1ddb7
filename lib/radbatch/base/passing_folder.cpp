#include "radbatch/base/passing_folder.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstring>

#include "radbatch/base/error.hpp"

namespace radbatch {
namespace fs = std::filesystem;

PassingFolder::PassingFolder(const std::string& purpose) {
  const fs::path parent = fs::temp_directory_path();
  std::string pattern = (parent / ("radbatch-" + purpose + "-XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw Error(ExitCode::output, "cannot make a folder in " + parent.string() + ": " + std::strerror(errno),
                "name another one in TMPDIR");
  }
  path_ = pattern;
}

PassingFolder::~PassingFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace radbatch
