#include "radbatch/batch/publish_once.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "radbatch/base/atomic_file.hpp"
#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch {

void publish_once(const std::filesystem::path& path, const std::string& content) {
  const std::filesystem::path temporary = temporary_beside(path);
  write_file_atomically(temporary, content);
  const int linked = ::link(temporary.c_str(), path.c_str());
  const int error = errno;
  ::unlink(temporary.c_str());
  if (linked != 0 && error != EEXIST) {
    throw Error(ExitCode::output, "cannot write " + printable(path.string()) + ": " + std::strerror(error));
  }
}

}  // namespace radbatch
