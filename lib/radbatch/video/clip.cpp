#include "radbatch/video/clip.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/video/clip_stream.hpp"
#include "radbatch/video/demuxer.hpp"
#include "radbatch/video/picture.hpp"

namespace radbatch {
namespace {

using namespace video_detail;

/// The frames of the clip in one piece.
class Assembly {
 public:
  Assembly(const Volume& facts, std::size_t n) {
    volume_ = make_volume(facts.size, facts.channels, static_cast<std::int64_t>(n), SampleType::uint8);
    volume_.dims = 2;
    volume_.has_geometry = false;
  }

  void add(const Volume& picture) {
    std::memcpy(volume_.samples.data() + taken_ * picture.samples.size(), picture.samples.data(),
                picture.samples.size());
    ++taken_;
  }

  Buffer finish() {
    const std::size_t bytes = volume_.samples.size() / static_cast<std::size_t>(volume_.frames) * taken_;
    if (bytes == volume_.samples.size()) return std::move(volume_.samples);
    Buffer kept(bytes);  // some are damaged
    std::memcpy(kept.data(), volume_.samples.data(), bytes);
    return kept;
  }

 private:
  Volume volume_;
  std::size_t taken_ = 0;
};

/// Hands on every frame; what comes back has everything but samples.
Volume read_through(ClipStream& stream, const std::function<void(const Volume& frame)>& take) {
  std::vector<double> times;
  std::vector<std::int64_t> indices;
  while (const auto frame = stream.next()) {
    times.push_back(frame->seconds);
    indices.push_back(frame->index);
    take(frame->picture);
  }
  if (times.empty())
    throw Error(Reason::truncated_pixels, "none of the chosen frames of the recording can be decoded");
  Volume read = stream.facts();
  read.frame_times_s = std::move(times);
  read.frame_indices = std::move(indices);
  return read;
}

}  // namespace

Json probe_clip(MediaBytes& bytes) {
  const Demuxer demuxer(bytes);
  const AVStream& stream = demuxer.stream();
  const PictureMaker maker(stream);
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
  ClipStream stream(chapters,
                    {options.frames, std::numeric_limits<std::uint64_t>::max(), options.frame_seconds});
  const Volume facts = stream.facts();
  check_memory(stream.chosen(), {facts.size[0], facts.size[1]}, facts.channels, options.max_bytes);
  std::optional<Assembly> assembly;
  Volume read = read_through(stream, [&](const Volume& frame) {
    if (!assembly) assembly.emplace(facts, stream.chosen());
    assembly->add(frame);
  });
  read.samples = assembly->finish();
  return read;
}

Volume read_clip_frames(std::span<const std::unique_ptr<MediaBytes>> chapters, const ClipOptions& options,
                        const std::function<void(const Volume& frame)>& take) {
  ClipStream stream(chapters, options);
  return read_through(stream, take);
}

}  // namespace radbatch
