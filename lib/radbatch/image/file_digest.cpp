#include "radbatch/image/file_digest.hpp"

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"

namespace radbatch {

std::string file_digest(const std::filesystem::path& file) {
  try {
    return sha256_file(file);
  } catch (const Error& error) {  // "cannot read PATH: why"
    const std::string& text = error.message();
    throw Error(Reason::io, "a file of the image cannot be read" + text.substr(text.rfind(": ")));
  }
}

}  // namespace radbatch
