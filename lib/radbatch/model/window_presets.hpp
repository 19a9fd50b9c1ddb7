// Display windows by the name of what they show.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace radbatch {

struct WindowPreset {
  std::string_view name;
  double center, width;  ///< Hounsfield units
};

std::optional<WindowPreset> find_window_preset(std::string_view name);
std::vector<std::string> window_preset_names();

}  // namespace radbatch
