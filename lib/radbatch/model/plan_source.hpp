// Where a plan can come from, besides a bundle's radbatch.json: a file of steps, a MONAI configuration, a
// TorchScript file that carries one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/model/monai_config.hpp"
#include "radbatch/model/plan.hpp"

namespace radbatch {

struct PlanSource {
  Plan plan;
  std::string from;                   ///< the file, and what it is: "spleen/configs/inference.json (MONAI)"
  std::optional<MonaiOutput> output;  ///< where it is MONAI's
  std::vector<std::string> notes;     ///< what reading left out
  std::vector<std::string> warnings;  ///< contradictions with metadata.json
};

/// Reads a plan from: a JSON list of steps; radbatch.json; MONAI's inference.json (its metadata.json beside
/// it is taken into account); a bundle's folder (radbatch.json's plan, else configs/inference.json); a
/// TorchScript file with extra/radbatch.json or extra/inference.json. Throws Error(ExitCode::usage) that
/// names the file and the entry; a YAML file is refused with the command that makes JSON of it.
PlanSource load_plan(const std::filesystem::path& path);

/// MONAI's chain in a bundle: configs/inference.json, else what the weights `file` (relative to the folder)
/// carry. Nothing when there is neither. Throws as load_plan.
std::optional<PlanSource> find_monai_plan(const std::filesystem::path& folder,
                                          const std::vector<std::string>& files);

/// configs/metadata.json of a bundle's folder, null when there is none. Throws Error(ExitCode::usage).
Json read_metadata(const std::filesystem::path& folder);

}  // namespace radbatch
