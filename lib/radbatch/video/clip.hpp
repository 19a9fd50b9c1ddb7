// Frames of a recording as a Volume: chosen by time, upright, in square RGB or grey pixels.
//
// A recording is read twice: once its packets, for the times of the frames; once from key frame to key frame,
// decoding. Only the chosen frames are ever held, however long the recording.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "radbatch/base/json.hpp"
#include "radbatch/study/frame_choice.hpp"
#include "radbatch/video/media_bytes.hpp"
#include "radbatch/volume/volume.hpp"

namespace radbatch {

/// What the header says, for the scan: "Columns", "Rows" (as shown), "NumberOfFrames" (an estimate where the
/// container does not count), "duration_s", "frame_rate", "video_codec", "video_container", "is_video" and
/// the rest of image_attributes. Throws Error: not_image, bad_header, truncated_pixels, transfer_syntax,
/// too_large.
Json probe_clip(MediaBytes& bytes);

struct ClipOptions {
  FrameChoice frames;
  std::uint64_t max_bytes = 0;          ///< of the chosen frames together
  std::optional<double> frame_seconds;  ///< distance of frames in a stream without times
};

/// The chosen frames of one recording, or of the chapters of one, which follow each other.
///
/// dims 2, uint8, with frame_times_s, frame_indices and source_frames; colour in `facts`. Flags:
/// W_TRUNCATED_VIDEO when bytes or frames are missing, W_INTERLACED_VIDEO. Throws what probe_clip throws,
/// Error(Reason::truncated_pixels) when no chosen frame can be decoded, Error(Reason::dimension) for an index
/// beyond the end, Error(Reason::bad_header) when the frames or chapters differ in size.
Volume read_clip(std::span<const std::unique_ptr<MediaBytes>> chapters, const ClipOptions& options);

/// The same frames, handed over one by one as they are decoded: `take` gets a Volume of one frame that is
/// valid until it returns. What comes back has no samples: frames, times, indices, colour and flags are those
/// of all frames. max_bytes bounds one frame.
Volume read_clip_frames(std::span<const std::unique_ptr<MediaBytes>> chapters, const ClipOptions& options,
                        const std::function<void(const Volume& frame)>& take);

}  // namespace radbatch
