// The chosen frames of a recording, pulled one by one: what hours of video come through.
//
// Pulled and not pushed, so that whoever reads may stop between two frames for as long as he likes, and begin
// at any of them: a run that was killed goes on where it was. Only one picture is held; the times of all
// frames take some 40 bytes each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "radbatch/video/clip.hpp"

namespace radbatch {

struct ClipFrame {
  std::int64_t index = 0;  ///< in the clip, counted from 0 in the order of presentation
  double seconds = 0;      ///< when it is shown, after the clip's first frame
  const Volume& picture;   ///< one frame, dims 2, uint8; good until the next one is asked for
};

class ClipStream {
 public:
  /// Stands before the chosen frame number `begin` (counted from 0 among the chosen). The frames that follow
  /// have the same bytes wherever the stream began. `chapters` must outlive the stream. Throws what
  /// read_clip throws.
  ClipStream(std::span<const std::unique_ptr<MediaBytes>> chapters, const ClipOptions& options,
             std::size_t begin = 0);
  ~ClipStream();
  ClipStream(ClipStream&&) noexcept;
  ClipStream& operator=(ClipStream&&) noexcept;

  /// The next chosen frame that can be decoded, nothing behind the last.
  std::optional<ClipFrame> next();
  /// How many frames are chosen, and the number among them of the next one. A damaged frame is passed over.
  std::size_t chosen() const;
  std::size_t position() const;
  /// Bytes of one picture.
  std::size_t picture_bytes() const;
  /// No samples; size, channels, colour, source_frames, and of what was read since `begin` the number of
  /// frames and the flags.
  Volume facts() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace radbatch
