// Names of archive members: where they would lie below a folder, without trusting them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace radbatch {

/// The name without leading "/", "./" and doubled slashes, as tar unpacks it; nothing when it leads out of
/// its folder (".."), is empty, or is longer than any path may be (4096 bytes).
std::optional<std::string> member_path(std::string_view name);

}  // namespace radbatch
