// The one way from files to a Volume.
//
// Runs in the image worker only: hostile bytes may crash it, and the process fence is what contains that.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "radbatch/image/read_options.hpp"
#include "radbatch/study/image_source.hpp"
#include "radbatch/video/clip_stream.hpp"

namespace radbatch {

/// Reads and decodes; real values, LPS, affine rounded to float32. `max_bytes` bounds the decoded samples.
/// Throws Error with a Reason and a message without the file's name, which may be the patient's: a file of a
/// stack is told by its number.
Volume read_image(const ImageSource& source, std::uint64_t max_bytes);
/// The same on several threads, with file_digests of the bytes that were read; for plain DICOM files (see
/// ImageSource::plain) in one read of each file.
ReadImage read_image(const ImageSource& source, const ReadOptions& options);

/// True for video: its frames can be had one by one, so that hours of it need no more memory than one frame.
bool comes_in_frames(const ImageSource& source);
/// Hands the chosen frames to `take` as they are decoded, each a Volume of one frame. What comes back has no
/// samples, and the times, indices and flags of all. `options.max_bytes` bounds one frame. Throws as
/// read_image.
ReadImage read_frames(const ImageSource& source, const ReadOptions& options,
                      const std::function<void(const Volume& frame)>& take);

/// A video that stays open: the bytes of its chapters, and where in them reading stands.
struct OpenVideo {
  std::vector<std::unique_ptr<MediaBytes>> chapters;
  ClipStream stream;
};
/// Opens it before the chosen frame number `begin`. `options.max_bytes` bounds one frame, and the stream
/// inside a DICOM object, which is held. Throws as read_image.
OpenVideo open_video(const ImageSource& source, const ReadOptions& options, std::size_t begin);

/// SHA-256 in hex of the bytes of each file, in order. A header with a data file of its own (.mhd, .nhdr) is
/// hashed together with that file. Throws Error(Reason::io).
std::vector<std::string> file_digests(const ImageSource& source);

}  // namespace radbatch
