#include "radbatch/video/chapter_reader.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
}

#include <algorithm>

namespace radbatch::video_detail {

ChapterReader::ChapterReader(MediaBytes& bytes, const Timeline& timeline, std::span<const std::size_t> wanted,
                             std::size_t begin)
    : bytes_(bytes), timeline_(timeline), wanted_(wanted), at_(begin), goes_on_(begin > 0) {
  window_.emplace(bytes);
  // Program and transport streams have no index: a seek there is a guess.
  const std::string container = window_->demuxer.container();
  can_jump_ = !timeline.by_order && (container.starts_with("mov") || container.starts_with("matroska"));
}

bool ChapterReader::next(const Take& take) {
  has_taken_ = false;
  while (at_ < wanted_.size()) {
    if (is_worth_a_jump() && !jump()) can_jump_ = false;
    run(take);
    if (has_taken_) return true;
    if (has_overshot_) {
      start_again();
    } else if (!is_worth_a_jump()) {
      at_ = wanted_.size();  // the recording ends before the rest
    }
  }
  return false;
}

std::size_t ChapterReader::key_before(std::size_t frame) const {
  while (frame > 0 && !timeline_.frames[frame].is_key) --frame;
  return frame;
}

/// Where decoding begins for the sake of a frame. Who goes on in the middle enters one key frame earlier:
/// pictures behind an open group may lean on the group before, and have to come out as for who read it all.
std::size_t ChapterReader::entry_for(std::size_t frame) const {
  const std::size_t key = key_before(frame);
  return goes_on_ && key > 0 ? key_before(key - 1) : key;
}

/// A key frame lies between what came last and the next wanted frame.
bool ChapterReader::is_worth_a_jump() const {
  if (!can_jump_ || at_ >= wanted_.size()) return false;
  return static_cast<std::int64_t>(entry_for(wanted_[at_])) > reached_ + 1;
}

bool ChapterReader::jump() {
  const std::size_t key = entry_for(wanted_[at_]);
  if (!window_->demuxer.seek(timeline_.frames[key].pts)) return false;
  window_->decoder.flush();
  has_jumped_ = true;
  reached_ = static_cast<std::int64_t>(key) - 1;
  return true;
}

/// The container led past the frame: from the first packet on, without jumps, nothing is missed.
void ChapterReader::start_again() {
  faults_ += window_->decoder.faults();
  window_.emplace(bytes_);
  can_jump_ = has_jumped_ = has_overshot_ = false;
  reached_ = -1;
}

void ChapterReader::run(const Take& take) {
  const auto look = [&](const AVFrame& picture) { return see(picture, take); };
  if (!window_->decoder.rest(look)) return;
  for (;;) {
    const bool is_packet = window_->demuxer.next(*packet_);
    const bool more = window_->decoder.decode(is_packet ? packet_.get() : nullptr, look);
    if (!is_packet || !more) return;
  }
}

/// False when decoding may stop here.
bool ChapterReader::see(const AVFrame& picture, const Take& take) {
  std::size_t frame = static_cast<std::size_t>(reached_ + 1);
  bool is_known = true;
  if (!timeline_.by_order) {
    const std::int64_t pts = picture.pts != AV_NOPTS_VALUE ? picture.pts : picture.best_effort_timestamp;
    const auto found = std::ranges::lower_bound(timeline_.frames, pts, {}, &Timeline::Frame::pts);
    frame = static_cast<std::size_t>(found - timeline_.frames.begin());
    is_known = found != timeline_.frames.end() && found->pts == pts;
  }
  has_overshot_ = has_jumped_ && frame > wanted_[at_];
  if (has_overshot_) return false;
  has_jumped_ = false;
  reached_ = std::max(reached_, static_cast<std::int64_t>(frame));
  while (at_ < wanted_.size() && wanted_[at_] < frame) ++at_;  // did not come: damaged
  if (at_ < wanted_.size() && is_known && wanted_[at_] == frame) {
    take(frame, picture);
    ++at_;
    goes_on_ = false;
    has_taken_ = true;
    return false;
  }
  return at_ < wanted_.size() && !is_worth_a_jump();
}

}  // namespace radbatch::video_detail
