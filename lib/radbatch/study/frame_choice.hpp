// Which frames of a clip are taken (--frames).
//
// By time and not by index, because a recorder may drop frames or slow down: of a clip with an uneven rate
// every n-th frame is not an even sample.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "radbatch/base/json.hpp"

namespace radbatch {

struct FrameChoice {
  enum class Kind { count, every, all, keyframes, list };

  bool is_default = true;  ///< nobody asked: 32 frames of a video, all frames of a DICOM cine
  Kind kind = Kind::count;
  std::int64_t count = 32;
  double seconds = 0;                 ///< for `every`
  std::vector<std::int64_t> indices;  ///< for `list`: ascending, counted from 0 in the order of presentation
};

/// "n=32", "every=0.5s" (also 500ms), "all", "keyframes", "0,30,60" or "default". Throws
/// Error(ExitCode::usage).
FrameChoice parse_frame_choice(const std::string& text);
/// One spelling per choice; parse_frame_choice reads it back.
std::string to_text(const FrameChoice& choice);

/// When frames are shown, in seconds after the first one, ascending.
struct FrameTimes {
  std::vector<double> seconds;
  std::vector<bool> is_key;  ///< as many
  double end = 0;            ///< when the last one goes
};

/// Indices of the chosen frames, ascending, none twice.
///
/// `count` takes the frames shown in the middle of n equal parts of the clip, `every` those shown at 0, s, 2s
/// ...: a frame that is shown for longer than a part counts once, so there may be fewer. Throws
/// Error(Reason::dimension) when a listed frame is not there.
std::vector<std::size_t> chosen_frames(const FrameChoice& choice, const FrameTimes& times);

/// The most frames that the choice can take of an image with these facts (frames, duration_s, is_video).
std::int64_t most_frames(const FrameChoice& choice, const Json& facts);

}  // namespace radbatch
