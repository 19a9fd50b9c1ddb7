// Which frames of a clip its items are, and when they are shown.
//
// Kept beside the raw outputs of the frames (levels.hpp) as arrays of the case: "frames.index" [item], the
// frame's number in the clip; "frames.t_s" [item], seconds after the clip's first frame. Arrays are float32,
// which cannot tell the frames of an hour apart: "frames.t_s_rest" holds what t_s leaves.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "radbatch/batch/case_arrays.hpp"

namespace radbatch {

struct FrameList {
  std::vector<std::int64_t> indices;
  std::vector<double> seconds;  ///< as many, or none where the clip has no times
};

/// The frames of an answer to "prepare" (its member "image"); nothing when the `items` are not its frames.
std::optional<FrameList> frames_of_image(const Json& image, std::int64_t items);

std::vector<CaseArray> frame_arrays(const FrameList& frames);
/// The same back from the arrays of a case; nothing where it has none.
std::optional<FrameList> frame_list(std::span<const CaseArray> arrays);

}  // namespace radbatch
