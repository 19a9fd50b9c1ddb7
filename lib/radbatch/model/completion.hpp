// radbatch.json completed by the files that a MONAI bundle has already: the plan by configs/inference.json,
// the activation of heads by its post-processing.
//
// The order of trust is radbatch.json, inference.json, metadata.json. Where a later one contradicts an
// earlier one, the earlier one holds and the contradiction is told.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "radbatch/model/plan_source.hpp"

namespace radbatch {

struct Completion {
  Json sidecar;                     ///< with a plan and activations where MONAI's files declare them
  std::optional<PlanSource> monai;  ///< what they say
  bool has_own_plan = false;        ///< the plan is radbatch.json's
  Json metadata;                    ///< configs/metadata.json, or null
  std::vector<std::string> notes;
};

/// `place` is what messages call the sidecar. Throws Error(ExitCode::model) when the sidecar needs MONAI's
/// files and they are missing, unreadable or say nothing; where it does not need them that is a note.
Completion complete_sidecar(Json sidecar, const std::filesystem::path& folder, const std::string& place);

/// What MONAI's files say otherwise than `plan` and the heads of the sidecar, one sentence each.
std::vector<std::string> disagreements(const Completion& completion, const Plan& plan);

}  // namespace radbatch
