// Rule sets that come along. Internal to the module; rules.hpp hands them out.
#pragma once

#include <span>
#include <string_view>

namespace radbatch {

struct Preset {
  std::string_view name;
  std::string_view text;  ///< JSON
};

std::span<const Preset> presets();

}  // namespace radbatch
