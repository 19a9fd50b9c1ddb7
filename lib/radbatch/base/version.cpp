#include "radbatch/base/version.hpp"

namespace radbatch {

std::string_view version() {
  return RADBATCH_VERSION;
}

std::string_view git_revision() {
  static constexpr std::string_view revision = RADBATCH_GIT_REVISION;
  return revision.empty() ? "unknown" : revision;
}

}  // namespace radbatch
