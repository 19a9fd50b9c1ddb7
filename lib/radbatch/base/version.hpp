// What this build is called. RESULT_VERSION is raised on purpose when results may change, and only then.
#pragma once

#include <string_view>

namespace radbatch {

std::string_view version();       ///< "0.1.0"
std::string_view git_revision();  ///< short hash of the build, "unknown" outside a checkout
inline constexpr int RESULT_VERSION = 4;

}  // namespace radbatch
