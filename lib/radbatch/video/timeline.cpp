#include "radbatch/video/timeline.hpp"

extern "C" {
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <cmath>

#include "radbatch/base/error.hpp"

namespace radbatch::video_detail {
namespace {

// A frame in an hour-long recording costs 16 bytes; this bounds what a hostile file can ask for.
constexpr std::size_t most_packets = 20'000'000;
// A declared length that the packets miss by more is a recording that was cut off.
constexpr double missing_seconds = 0.5;

struct Packets {
  std::vector<Timeline::Frame> shown;  ///< those with a presentation time
  std::vector<Timeline::Frame> all;    ///< in the order of decoding, with the time of decoding
  std::int64_t n = 0;                  ///< edit lists hide some
  std::int64_t last_duration = 0;
  std::int64_t last_pts = INT64_MIN;
};

Packets read_packets(Demuxer& demuxer) {
  Packets packets;
  const Packet packet = make_packet();
  while (demuxer.next(*packet)) {
    ++packets.n;
    // Only for reference: an edit list cuts it out.
    if ((packet->flags & AV_PKT_FLAG_DISCARD) != 0 || packet->size == 0) continue;
    if (packets.all.size() >= most_packets) throw Error(Reason::too_large, "a recording of too many frames");
    const bool is_key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    packets.all.push_back({packet->dts, is_key});
    if (packet->pts == AV_NOPTS_VALUE) continue;
    packets.shown.push_back({packet->pts, is_key});
    if (packet->pts < packets.last_pts) continue;
    packets.last_pts = packet->pts;
    packets.last_duration = packet->duration;
  }
  return packets;
}

bool ascends(const std::vector<Timeline::Frame>& frames) {
  return std::ranges::adjacent_find(frames, [](const auto& a, const auto& b) { return a.pts >= b.pts; }) ==
         frames.end();
}

double rate_of(const AVStream& stream) {
  for (const AVRational rate : {stream.avg_frame_rate, stream.r_frame_rate}) {
    if (rate.num > 0 && rate.den > 0) return av_q2d(rate);
  }
  return 25;
}

/// Frames at even distances: what is known of a bare stream.
void number(Timeline& timeline, const Packets& packets, double frame_seconds) {
  timeline.frames = packets.all;
  for (std::size_t i = 0; i < timeline.frames.size(); ++i)
    timeline.frames[i].pts = static_cast<std::int64_t>(i);
  timeline.numerator = std::llround(frame_seconds * 1e9);
  timeline.denominator = 1'000'000'000;
  timeline.duration = frame_seconds * static_cast<double>(packets.all.size());
  timeline.by_order = true;
}

void take_times(Timeline& timeline, Packets packets, const AVStream& stream) {
  timeline.numerator = stream.time_base.num;
  timeline.denominator = stream.time_base.den;
  std::ranges::sort(packets.shown, {}, &Timeline::Frame::pts);
  if (packets.shown.size() == packets.all.size() && ascends(packets.shown)) {
    timeline.frames = std::move(packets.shown);
  } else {
    // AVI knows when packets are decoded: the frames are shown at the same times, in another order.
    timeline.by_order = true;
    timeline.frames = std::move(packets.all);
  }
  const std::size_t n = timeline.frames.size();
  const std::int64_t last = packets.last_duration > 0 && !timeline.by_order ? packets.last_duration : 0;
  const double usual = n > 1 ? timeline.seconds(n - 1) / static_cast<double>(n - 1) : 1 / rate_of(stream);
  timeline.duration = timeline.seconds(n - 1) + (last > 0 ? timeline.seconds_of(last) : usual);
}

bool is_cut_off(const Demuxer& demuxer, const Packets& packets) {
  if (demuxer.is_cut_off() || packets.n < demuxer.declared_packets()) return true;
  const auto declared = demuxer.declared_seconds();
  const bool is_matroska = demuxer.container().starts_with("matroska");
  return is_matroska && declared && *declared - demuxer.end_seconds() > missing_seconds;
}

}  // namespace

Timeline read_timeline(MediaBytes& bytes, std::optional<double> frame_seconds) {
  Demuxer demuxer(bytes);
  Packets packets = read_packets(demuxer);
  if (packets.all.empty()) throw Error(Reason::truncated_pixels, "the recording has no whole frame");
  Timeline timeline;
  timeline.is_cut_off = is_cut_off(demuxer, packets);
  const bool has_times = packets.shown.size() == packets.all.size() || ascends(packets.all);
  if (demuxer.is_bare() || !has_times) {
    number(timeline, packets, frame_seconds.value_or(1 / rate_of(demuxer.stream())));
  } else {
    take_times(timeline, std::move(packets), demuxer.stream());
  }
  return timeline;
}

}  // namespace radbatch::video_detail
