// When each frame of a recording is shown, read from its packets without decoding one. For the sources of
// this module only.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "radbatch/video/demuxer.hpp"

namespace radbatch::video_detail {

struct Timeline {
  struct Frame {
    std::int64_t pts = 0;
    bool is_key = false;
  };
  std::vector<Frame> frames;                    ///< ascending pts
  std::int64_t numerator = 1, denominator = 1;  ///< of the seconds in a tick
  double duration = 0;    ///< from the first frame's begin to the last one's end, in seconds
  bool by_order = false;  ///< pts are made up: a frame is known by its place alone, and seeking is not safe
  bool is_cut_off = false;

  double seconds(std::size_t frame) const { return seconds_of(frames[frame].pts - frames.front().pts); }
  double seconds_of(std::int64_t ticks) const {
    return static_cast<double>(ticks) * static_cast<double>(numerator) / static_cast<double>(denominator);
  }
};

/// Reads all packets. `frame_seconds` is the distance of frames where the container has no times (a bare
/// stream in DICOM). Throws Error(Reason::truncated_pixels) when there is no whole packet.
Timeline read_timeline(MediaBytes& bytes, std::optional<double> frame_seconds);

}  // namespace radbatch::video_detail
