// The compressed stream of each frame, whatever way the fragments were cut. Internal to the module.
#pragma once

#include <cstdint>
#include <vector>

class DcmPixelSequence;

namespace radbatch {

using FrameStream = std::vector<std::uint8_t>;

/// Joins fragments into one stream per frame: one fragment each, all for one frame, by the basic offset
/// table, or, for JPEG kinds without a table, by the start marker. Throws Error(Reason::truncated_pixels)
/// when frames are missing.
std::vector<FrameStream> frame_streams(DcmPixelSequence& sequence, std::int64_t frames);

}  // namespace radbatch
