#include "radbatch/model/window_presets.hpp"

#include <algorithm>
#include <array>

namespace radbatch {
namespace {

// Radiology's usual windows; every scanner and text has its own within some tens of units, so a plan records
// the numbers and not the name. brain, subdural and bone are also the three channels of the networks that
// came out of the RSNA 2019 haemorrhage challenge.
constexpr auto presets = std::to_array<WindowPreset>({
    {"brain", 40, 80},
    {"stroke", 40, 40},
    {"subdural", 80, 200},
    {"bone", 600, 2800},
    {"spine-bone", 400, 1800},
    {"soft-tissue", 40, 400},
    {"lung", -600, 1500},
    {"mediastinum", 50, 350},
    {"abdomen", 50, 400},
    {"liver", 30, 150},
    {"angiography", 300, 600},
});

}  // namespace

std::optional<WindowPreset> find_window_preset(std::string_view name) {
  const auto found = std::ranges::find(presets, name, &WindowPreset::name);
  return found == presets.end() ? std::nullopt : std::optional(*found);
}

std::vector<std::string> window_preset_names() {
  std::vector<std::string> names;
  for (const WindowPreset& preset : presets) names.emplace_back(preset.name);
  return names;
}

}  // namespace radbatch
