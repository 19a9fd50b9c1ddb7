// Warnings that a case with a result may carry: a closed list, as the reasons are.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace radbatch {

struct FlagInfo {
  std::string_view code;     ///< e.g. "W_GANTRY_TILT", as it stands in predictions.csv
  std::string_view meaning;  ///< one sentence
};

/// Every flag, in alphabetical order.
std::span<const FlagInfo> flags();
std::optional<FlagInfo> find_flag(std::string_view code);

}  // namespace radbatch
