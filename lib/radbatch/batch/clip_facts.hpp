// What the file that was made of a clip is known by, for the next tool: its frames are no longer the
// recording's.
#pragma once

#include <filesystem>

#include "radbatch/base/json.hpp"

namespace radbatch {

/// The attributes of a converted image: a clip has `frames` frames, all of which are wanted ("was_video").
void note_clip(Json& attributes, std::int64_t frames);

/// One input of manifest.jsonl: the path, and for a clip the times of its frames, which are read back from
/// its sidecar below `run_folder` (a journal record has no room for those of an hour).
Json manifest_input(const std::filesystem::path& run_folder, const Json& file);

}  // namespace radbatch
