#include "radbatch/video/clip.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/video/chapter_reader.hpp"
#include "radbatch/video/picture.hpp"

namespace radbatch {
namespace {

using namespace video_detail;

PictureSize stored_size(const AVStream& stream) {
  return {stream.codecpar->width, stream.codecpar->height};
}

/// One chapter's share of the clip.
struct Chapter {
  MediaBytes* bytes = nullptr;
  Timeline timeline;
  double begin = 0;                 ///< seconds, of its first frame in the clip
  std::size_t first = 0;            ///< its first frame's index in the clip
  std::vector<std::size_t> wanted;  ///< indices in the chapter, ascending
};

std::vector<Chapter> read_chapters(std::span<const std::unique_ptr<MediaBytes>> bytes,
                                   const ClipOptions& options) {
  std::vector<Chapter> chapters;
  double begin = 0;
  std::size_t first = 0;
  for (const auto& one : bytes) {
    Chapter& chapter = chapters.emplace_back();
    chapter.bytes = one.get();
    chapter.timeline = read_timeline(*one, options.frame_seconds);
    chapter.begin = begin;
    chapter.first = first;
    begin += chapter.timeline.duration;
    first += chapter.timeline.frames.size();
  }
  return chapters;
}

FrameTimes times_of(std::span<const Chapter> chapters) {
  FrameTimes times;
  for (const Chapter& chapter : chapters) {
    for (std::size_t i = 0; i < chapter.timeline.frames.size(); ++i) {
      times.seconds.push_back(chapter.begin + chapter.timeline.seconds(i));
      times.is_key.push_back(chapter.timeline.frames[i].is_key);
    }
    times.end = chapter.begin + chapter.timeline.duration;
  }
  return times;
}

void share_out(std::span<const std::size_t> chosen, std::span<Chapter> chapters) {
  for (const std::size_t frame : chosen) {
    auto chapter = std::ranges::upper_bound(chapters, frame, {}, &Chapter::first) - 1;
    chapter->wanted.push_back(frame - chapter->first);
  }
}

using TakeFrame = std::function<void(const Volume& frame)>;

/// The frames of the clip as they come: all kept, or each handed on.
class Assembly {
 public:
  Assembly(const ClipOptions& options, std::size_t n_chosen, std::size_t n_all, TakeFrame take)
      : options_(options),
        n_chosen_(static_cast<std::int64_t>(n_chosen)),
        n_held_(take ? 1 : n_chosen_),
        n_all_(static_cast<std::int64_t>(n_all)),
        take_(std::move(take)) {}

  void add(const Chapter& chapter, std::size_t number) {
    ChapterReader reader(*chapter.bytes, chapter.timeline, chapter.wanted);
    PictureMaker maker(reader.stream(), stored_size(reader.stream()));
    begin(maker, number);
    reader.read([&](std::size_t frame, const AVFrame& picture) {
      maker.write(picture, volume_.samples.as<std::uint8_t>().data() + (take_ ? 0 : taken_ * frame_bytes_));
      is_interlaced_ = is_interlaced_ || picture.interlaced_frame != 0;
      times_.push_back(chapter.begin + chapter.timeline.seconds(frame));
      indices_.push_back(static_cast<std::int64_t>(chapter.first + frame));
      ++taken_;
      if (take_) take_(volume_);
    });
    faults_ += reader.faults();
    if (!maker.colour().empty()) volume_.colour = maker.colour();
  }

  Volume finish(bool is_cut_off) {
    if (taken_ == 0)
      throw Error(Reason::truncated_pixels, "none of the chosen frames of the recording can be decoded");
    const bool is_short = static_cast<std::int64_t>(taken_) < n_chosen_;
    if (is_cut_off || is_short || faults_ > 0) volume_.flags.emplace_back("W_TRUNCATED_VIDEO");
    if (is_interlaced_) volume_.flags.emplace_back("W_INTERLACED_VIDEO");
    if (take_) {
      volume_.samples = Buffer();
    } else if (is_short) {
      Buffer kept(taken_ * frame_bytes_);
      std::memcpy(kept.data(), volume_.samples.data(), kept.size());
      volume_.samples = std::move(kept);
    }
    volume_.frames = static_cast<std::int64_t>(taken_);
    volume_.source_frames = n_all_;
    volume_.frame_times_s = std::move(times_);
    volume_.frame_indices = std::move(indices_);
    return std::move(volume_);
  }

 private:
  void begin(const PictureMaker& maker, std::size_t number) {
    const PictureSize size = maker.size();
    if (volume_.samples.size() == 0) return make(maker);
    if (size.width == volume_.size[0] && size.height == volume_.size[1] &&
        maker.channels() == volume_.channels)
      return;
    throw Error(Reason::bad_header, "chapter " + std::to_string(number + 1) + " has frames of " +
                                        std::to_string(size.width) + " x " + std::to_string(size.height) +
                                        ", the first one of " + std::to_string(volume_.size[0]) + " x " +
                                        std::to_string(volume_.size[1]));
  }

  void make(const PictureMaker& maker) {
    const PictureSize size = maker.size();
    frame_bytes_ = static_cast<std::size_t>(size.width * size.height * maker.channels());
    const double bytes = static_cast<double>(frame_bytes_) * static_cast<double>(n_held_);
    if (bytes > static_cast<double>(options_.max_bytes)) {
      throw Error(Reason::too_large,
                  counted(static_cast<std::size_t>(n_held_), "frame") + " of " + std::to_string(size.width) +
                      " x " + std::to_string(size.height) + " need " + human_bytes(bytes) + ", " +
                      human_bytes(static_cast<double>(options_.max_bytes)) + " allowed",
                  "take fewer with --frames, e.g. n=32 or every=5s");
    }
    volume_ = make_volume({size.width, size.height, 1}, maker.channels(), n_held_, SampleType::uint8);
    volume_.dims = 2;
    volume_.has_geometry = false;
  }

  const ClipOptions& options_;
  std::int64_t n_chosen_ = 0, n_held_ = 0, n_all_ = 0;
  TakeFrame take_;  ///< empty: frames are kept
  Volume volume_;
  std::vector<double> times_;
  std::vector<std::int64_t> indices_;
  std::size_t taken_ = 0, frame_bytes_ = 0;
  std::int64_t faults_ = 0;
  bool is_interlaced_ = false;
};

Volume read(std::span<const std::unique_ptr<MediaBytes>> bytes, const ClipOptions& options, TakeFrame take) {
  std::vector<Chapter> chapters = read_chapters(bytes, options);
  const FrameTimes times = times_of(chapters);
  const std::vector<std::size_t> chosen = chosen_frames(options.frames, times);
  share_out(chosen, chapters);
  Assembly assembly(options, chosen.size(), times.seconds.size(), std::move(take));
  for (std::size_t i = 0; i < chapters.size(); ++i) {
    if (!chapters[i].wanted.empty()) assembly.add(chapters[i], i);
  }
  return assembly.finish(
      std::ranges::any_of(chapters, [](const Chapter& one) { return one.timeline.is_cut_off; }));
}

}  // namespace

Json probe_clip(MediaBytes& bytes) {
  const Demuxer demuxer(bytes);
  const AVStream& stream = demuxer.stream();
  const PictureMaker maker(stream, stored_size(stream));
  const AVRational rate = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate;
  const double per_second = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 25;
  const double seconds = std::max(demuxer.declared_seconds().value_or(0), 0.0);
  const std::int64_t counted_frames = std::max(demuxer.declared_packets(), stream.nb_frames);
  const double estimate = std::clamp(seconds * per_second, 1.0, 1e9);
  Json attributes = {{"size", {maker.size().width, maker.size().height, 1}},
                     {"dims", 2},
                     {"Columns", maker.size().width},
                     {"Rows", maker.size().height},
                     {"NumberOfFrames", counted_frames > 0 ? counted_frames : std::llround(estimate)},
                     {"SamplesPerPixel", maker.channels()},
                     {"BitsAllocated", 8},
                     {"is_image", true},
                     {"is_video", true},
                     {"frame_rate", std::round(per_second * 1e4) / 1e4},
                     {"video_codec", avcodec_get_name(stream.codecpar->codec_id)},
                     {"video_container", demuxer.container()}};
  if (seconds > 0) attributes["duration_s"] = std::round(seconds * 1e6) / 1e6;
  const int degrees = degrees_clockwise(turn_of(stream));
  if (degrees != 0) attributes["rotation_degrees"] = degrees;
  return attributes;
}

Volume read_clip(std::span<const std::unique_ptr<MediaBytes>> chapters, const ClipOptions& options) {
  return read(chapters, options, {});
}

Volume read_clip_frames(std::span<const std::unique_ptr<MediaBytes>> chapters, const ClipOptions& options,
                        const std::function<void(const Volume& frame)>& take) {
  return read(chapters, options, take);
}

}  // namespace radbatch
