// The level below a clip: what the network said of each of its frames, and when they are shown.
//
// Kept as arrays of the case: "frames.<output>" [item, class], the network's raw numbers; "frames.index"
// [item], the frame's number in the clip; "frames.t_s" [item], seconds after the clip's first frame. Arrays
// are float32, which cannot tell the frames of an hour apart: "frames.t_s_rest" holds what t_s leaves.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "radbatch/batch/case_arrays.hpp"
#include "radbatch/engine/classify_answer.hpp"
#include "radbatch/model/heads.hpp"

namespace radbatch {

/// Which frames of a clip the items are.
struct FrameList {
  std::vector<std::int64_t> indices;
  std::vector<double> seconds;  ///< as many, or none where the clip has no times
};

struct FrameLevel {
  FrameList frames;
  std::vector<OutputArray> outputs;  ///< [item, class]
};

/// The frames of an answer to "prepare" (its member "image"); nothing when the `items` are not its frames.
std::optional<FrameList> frames_of_image(const Json& image, std::int64_t items);

/// The arrays of a pass over those frames.
std::vector<CaseArray> frame_arrays(const ClassifyPass& pass, const FrameList& frames);
/// The same back from the arrays of a case; nothing where it has no such level.
std::optional<FrameLevel> frame_level(std::span<const CaseArray> arrays);

/// Scores of one frame, as score_case gives them of a case that has no other.
CaseScores score_frame(const Bundle& bundle, const FrameLevel& level, std::size_t item);

}  // namespace radbatch
