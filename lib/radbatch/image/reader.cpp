#include "radbatch/image/reader.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <new>
#include <optional>

#include "radbatch/base/error.hpp"
#include "radbatch/base/hash.hpp"
#include "radbatch/dicom/video_stream.hpp"
#include "radbatch/image/detached_data.hpp"
#include "radbatch/image/dicom_reader.hpp"
#include "radbatch/image/display_facts.hpp"
#include "radbatch/image/file_digest.hpp"
#include "radbatch/image/itk_reader.hpp"
#include "radbatch/image/jpeg_stream.hpp"
#include "radbatch/image/nifti_file.hpp"
#include "radbatch/image/stack_reader.hpp"
#include "radbatch/study/attributes.hpp"
#include "radbatch/study/ultrasound.hpp"
#include "radbatch/video/clip.hpp"

namespace radbatch {
namespace {

bool is_video(const ImageSource& source) {
  return source.kind == FileKind::video ||
         (source.kind == FileKind::dicom && flag_of(source.attributes, "is_video"));
}

using Chapters = std::vector<std::unique_ptr<MediaBytes>>;

/// One recording: the files are its chapters, in order; or the stream inside a DICOM object.
Chapters chapters_of(const ImageSource& source, std::uint64_t max_bytes) {
  Chapters chapters;
  if (source.kind == FileKind::dicom) {
    chapters.push_back(media_in_memory(read_video_stream(source.files.at(0), max_bytes)));
  } else {
    for (const std::string& file : source.files) chapters.push_back(media_file(file));
  }
  return chapters;
}

/// A stream in DICOM may have no times of its own: then the header's count.
ClipOptions clip_options(const ImageSource& source, const ReadOptions& options) {
  const std::vector<double> times = cine_times(source.attributes, 2);
  return {options.frames, options.max_bytes, times.empty() ? std::nullopt : std::optional(times[1])};
}

/// Leaves the frames of a cine that somebody chose.
void keep_frames(Volume& volume, const FrameChoice& frames) {
  FrameTimes times{volume.frame_times_s, std::vector<bool>(static_cast<std::size_t>(volume.frames), true), 0};
  for (std::int64_t i = 0; times.seconds.empty() && i < volume.frames; ++i)
    times.seconds.push_back(static_cast<double>(i));  // evenly by number, where no time is known
  times.end =
      times.seconds.back() * static_cast<double>(volume.frames) / static_cast<double>(volume.frames - 1);
  const std::vector<std::size_t> chosen = chosen_frames(frames, times);
  // "every" needs seconds.
  if (frames.kind == FrameChoice::Kind::every && volume.frame_times_s.empty())
    throw Error(Reason::bad_header, "the header has no FrameTime to choose frames by time",
                "choose by number: --frames n=32, all or 0,30,60");
  const std::size_t bytes =
      static_cast<std::size_t>(volume.voxels() * volume.channels) * bytes_per_sample(volume.type);
  Buffer kept(chosen.size() * bytes);
  std::vector<double> kept_times;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    std::memcpy(kept.data() + i * bytes, volume.samples.data() + chosen[i] * bytes, bytes);
    if (!volume.frame_times_s.empty()) kept_times.push_back(volume.frame_times_s[chosen[i]]);
  }
  volume.source_frames = volume.frames;
  volume.frames = static_cast<std::int64_t>(chosen.size());
  volume.frame_indices.assign(chosen.begin(), chosen.end());
  volume.frame_times_s = std::move(kept_times);
  volume.samples = std::move(kept);
}

/// What a clip has besides its pixels: times, the region of tissue, the frames that were chosen.
Volume as_clip(Volume volume, const ImageSource& source, const FrameChoice& frames) {
  if (const auto region = tissue_region(source.attributes)) volume.tissue_px = region->px;
  if (source.lps || volume.frames < 2) return volume;
  volume.frame_times_s = cine_times(source.attributes, volume.frames);
  if (!frames.is_default) keep_frames(volume, frames);
  return volume;
}

Volume read_one_file(const ImageSource& source, std::uint64_t max_bytes) {
  const std::filesystem::path path = source.files.front();
  if (source.files.size() != 1)
    throw Error(ExitCode::internal, "one image of several files that are not DICOM");
  switch (source.kind) {
    case FileKind::nifti:
      return read_nifti(path, max_bytes);
    case FileKind::nrrd:
    case FileKind::metaimage:
      static_cast<void>(detached_data_file(path, source.kind));
      [[fallthrough]];
    case FileKind::png:
    case FileKind::tiff:
      return read_with_itk(path, source.kind, max_bytes);
    case FileKind::jpeg:
      return read_jpeg(path, max_bytes);
    default:
      throw Error(Reason::not_image, "a " + std::string(name(source.kind)) + " file is not read as an image");
  }
}

/// What can be read without parsing a file again, and with digests of the same bytes.
std::optional<ReadImage> read_at_once(const ImageSource& source, const ReadOptions& options) {
  if (source.kind != FileKind::dicom || !source.planes.empty() || is_video(source)) return std::nullopt;
  if (source.lps) return read_stack(source, options);
  if (source.files.size() != 1) return std::nullopt;
  auto read = read_plain(source, options);
  if (!read) return std::nullopt;
  make_picture(read->volume, source.attributes);
  read->volume = as_clip(std::move(read->volume), source, options.frames);
  return read;
}

/// What an earlier tool knew about a clip that it converted.
Volume with_clip_facts(Volume volume, const Json& attributes) {
  const std::vector<double> times = numbers_of(attributes, "frame_times_s");
  if (std::ssize(times) == volume.frames && volume.frames > 1) volume.frame_times_s = times;
  const std::vector<double> px = numbers_of(attributes, "us_region_px");
  if (px.size() == 4 && volume.dims == 2) {
    volume.tissue_px.emplace();
    for (std::size_t i = 0; i < 4; ++i)
      (*volume.tissue_px)[i] = static_cast<std::int64_t>(std::clamp(px[i], -1.0, 1e6));
  }
  return volume;
}

ReadImage read_any(const ImageSource& source, const ReadOptions& options) {
  if (auto read = read_at_once(source, options)) return std::move(*read);
  ReadImage read;
  if (options.with_digests) read.digests = file_digests(source);
  if (is_video(source)) {
    read.volume = read_clip(chapters_of(source, options.max_bytes), clip_options(source, options));
  } else if (source.kind == FileKind::dicom) {
    read.volume = as_clip(read_dicom(source, options.max_bytes, options.threads), source, options.frames);
  } else {
    read.volume = with_clip_facts(read_one_file(source, options.max_bytes), source.attributes);
  }
  return read;
}

}  // namespace

Volume read_image(const ImageSource& source, std::uint64_t max_bytes) {
  return read_image(source, ReadOptions{.max_bytes = max_bytes}).volume;
}

ReadImage read_image(const ImageSource& source, const ReadOptions& options) {
  if (source.files.empty()) throw Error(ExitCode::internal, "an image source without files");
  try {
    ReadImage read = read_any(source, options);
    read.volume.display = display_of(source, read.volume);
    return read;
  } catch (const std::bad_alloc&) {
    throw Error(Reason::out_of_memory, "not enough memory to decode the image");
  }
}

bool comes_in_frames(const ImageSource& source) {
  return !source.files.empty() && is_video(source);
}

ReadImage read_frames(const ImageSource& source, const ReadOptions& options,
                      const std::function<void(const Volume& frame)>& take) {
  try {
    ReadImage read;
    if (options.with_digests) read.digests = file_digests(source);
    read.volume =
        read_clip_frames(chapters_of(source, options.max_bytes), clip_options(source, options), take);
    return read;
  } catch (const std::bad_alloc&) {
    throw Error(Reason::out_of_memory, "not enough memory to decode the image");
  }
}

OpenVideo open_video(const ImageSource& source, const ReadOptions& options, std::size_t begin) {
  Chapters chapters = chapters_of(source, options.max_bytes);
  ClipStream stream(chapters, clip_options(source, options), begin);
  return {std::move(chapters), std::move(stream)};
}

std::vector<std::string> file_digests(const ImageSource& source) {
  std::vector<std::string> digests;
  for (const std::string& file : source.files) {
    const auto data = detached_data_file(file, source.kind);
    digests.push_back(data ? sha256_hex(file_digest(file) + file_digest(*data)) : file_digest(file));
  }
  return digests;
}

}  // namespace radbatch
