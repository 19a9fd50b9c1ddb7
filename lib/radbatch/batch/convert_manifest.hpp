// What convert's manifest.jsonl says of a case besides its files: what the next tool needs and the files
// cannot hold.
#pragma once

#include <filesystem>

#include "radbatch/base/json.hpp"
#include "radbatch/study/cohort.hpp"

namespace radbatch {

/// Adds to the input of one converted file the name that a manifest gave its image, and, in a case of several
/// images, which of them share a coordinate system: its frames of reference by number, as the UID may not
/// leave private/. `file` is the outcome's entry.
void describe_input(Json& input, const Case& one, const Json& file);

/// The case's region as the manifest gives it: {"roi": ...} or {"mask": ...}, the mask's file copied to
/// masks/<case_id>, as no path of the cohort may stand outside private/. A mask that is not there keeps its
/// entry, so that no tool takes the whole image in its place. Throws Error(ExitCode::output).
Json region_beside(const std::filesystem::path& run_folder, const Case& one);

}  // namespace radbatch
