// UIDs that come from what they name, so that the same content has the same UID in every rerun.
#pragma once

#include <string>
#include <string_view>

namespace radbatch {

/// "2.25." and a UUID as a decimal number (PS3.5, B.2). The UUID is of version 8 (RFC 9562, 5.8): the first
/// 122 free bits of SHA-256(text).
std::string derived_uid(std::string_view text);

}  // namespace radbatch
