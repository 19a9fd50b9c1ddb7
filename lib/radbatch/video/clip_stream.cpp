#include "radbatch/video/clip_stream.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <string>
#include <vector>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/video/chapter_reader.hpp"
#include "radbatch/video/picture.hpp"

namespace radbatch {
namespace {

using namespace video_detail;

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

/// A chapter that is open.
struct OpenChapter {
  OpenChapter(const Chapter& chapter, std::size_t begin)
      : reader(*chapter.bytes, chapter.timeline, chapter.wanted, begin), maker(reader.stream()) {}
  ChapterReader reader;
  PictureMaker maker;
};

}  // namespace

class ClipStream::State {
 public:
  State(std::span<const std::unique_ptr<MediaBytes>> bytes, const ClipOptions& options, std::size_t begin)
      : max_bytes_(options.max_bytes), chapters_(read_chapters(bytes, options)) {
    const FrameTimes times = times_of(chapters_);
    share_out(chosen_frames(options.frames, times), chapters_);
    picture_.source_frames = static_cast<std::int64_t>(times.seconds.size());
    is_cut_off_ = std::ranges::any_of(chapters_, [](const Chapter& one) { return one.timeline.is_cut_off; });
    for (const Chapter& chapter : chapters_) n_chosen_ += chapter.wanted.size();
    begin_ = std::min(begin, n_chosen_);
    begin_in_chapter_ = begin_;
    skip_empty();
    if (begin_ > 0) note_first_size();
    while (at_ < chapters_.size() && begin_in_chapter_ >= chapters_[at_].wanted.size()) pass_chapter();
    if (at_ < chapters_.size()) open();
  }

  std::optional<ClipFrame> next() {
    while (open_) {
      std::size_t frame = 0;
      const bool is_there = open_->reader.next([&](std::size_t which, const AVFrame& picture) {
        open_->maker.write(picture, picture_.samples.as<std::uint8_t>().data());
        is_interlaced_ = is_interlaced_ || picture.interlaced_frame != 0;
        frame = which;
      });
      if (is_there) {
        ++taken_;
        const Chapter& chapter = chapters_[at_];
        return ClipFrame{static_cast<std::int64_t>(chapter.first + frame),
                         chapter.begin + chapter.timeline.seconds(frame), picture_};
      }
      close();
    }
    return std::nullopt;
  }

  std::size_t chosen() const { return n_chosen_; }
  std::size_t position() const { return passed_ + (open_ ? open_->reader.position() : 0); }
  std::size_t picture_bytes() const { return picture_.samples.size(); }

  Volume facts() const {
    Volume facts;
    facts.size = picture_.size;
    facts.channels = picture_.channels;
    facts.type = picture_.type;
    facts.dims = picture_.dims;
    facts.has_geometry = false;
    facts.source_frames = picture_.source_frames;
    facts.frames = static_cast<std::int64_t>(taken_);
    facts.colour = open_ && !open_->maker.colour().empty() ? open_->maker.colour() : colour_;
    const bool has_faults = faults_ + (open_ ? open_->reader.faults() : 0) > 0;
    if (is_cut_off_ || has_faults || begin_ + taken_ < position())
      facts.flags.emplace_back("W_TRUNCATED_VIDEO");
    if (is_interlaced_) facts.flags.emplace_back("W_INTERLACED_VIDEO");
    return facts;
  }

 private:
  void skip_empty() {
    while (at_ < chapters_.size() && chapters_[at_].wanted.empty()) ++at_;
  }

  void pass_chapter() {
    passed_ += chapters_[at_].wanted.size();
    begin_in_chapter_ -= std::min(begin_in_chapter_, chapters_[at_].wanted.size());
    ++at_;
    skip_empty();
  }

  /// What later chapters have to agree with, where the stream begins behind the first one.
  void note_first_size() {
    if (at_ >= chapters_.size()) return;
    const Demuxer demuxer(*chapters_[at_].bytes);
    check_size(PictureMaker(demuxer.stream()));
  }

  void open() {
    open_.emplace(chapters_[at_], begin_in_chapter_);
    check_size(open_->maker);
  }

  void close() {
    faults_ += open_->reader.faults();
    if (!open_->maker.colour().empty()) colour_ = open_->maker.colour();
    open_.reset();
    begin_in_chapter_ = 0;
    pass_chapter();
    if (at_ < chapters_.size()) open();
  }

  void check_size(const PictureMaker& maker) {
    const PictureSize size = maker.size();
    if (picture_.samples.size() == 0) return make_picture(maker);
    if (size.width == picture_.size[0] && size.height == picture_.size[1] &&
        maker.channels() == picture_.channels)
      return;
    throw Error(Reason::bad_header, "chapter " + std::to_string(at_ + 1) + " has frames of " +
                                        std::to_string(size.width) + " x " + std::to_string(size.height) +
                                        ", the first one of " + std::to_string(picture_.size[0]) + " x " +
                                        std::to_string(picture_.size[1]));
  }

  void make_picture(const PictureMaker& maker) {
    const PictureSize size = maker.size();
    check_memory(1, size, maker.channels(), max_bytes_);
    const std::int64_t all = picture_.source_frames;
    picture_ = make_volume({size.width, size.height, 1}, maker.channels(), 1, SampleType::uint8);
    picture_.dims = 2;
    picture_.has_geometry = false;
    picture_.source_frames = all;
  }

  std::uint64_t max_bytes_;
  std::vector<Chapter> chapters_;
  std::size_t n_chosen_ = 0, begin_ = 0;
  std::size_t at_ = 0;                ///< the chapter that is open
  std::size_t begin_in_chapter_ = 0;  ///< of its wanted frames, where reading begins
  std::size_t passed_ = 0;            ///< chosen frames of the chapters before
  std::size_t taken_ = 0;
  std::optional<OpenChapter> open_;
  Volume picture_;
  std::string colour_;
  std::int64_t faults_ = 0;
  bool is_cut_off_ = false, is_interlaced_ = false;
};

ClipStream::ClipStream(std::span<const std::unique_ptr<MediaBytes>> chapters, const ClipOptions& options,
                       std::size_t begin)
    : state_(std::make_unique<State>(chapters, options, begin)) {}
ClipStream::~ClipStream() = default;
ClipStream::ClipStream(ClipStream&&) noexcept = default;
ClipStream& ClipStream::operator=(ClipStream&&) noexcept = default;

std::optional<ClipFrame> ClipStream::next() {
  return state_->next();
}
std::size_t ClipStream::chosen() const {
  return state_->chosen();
}
std::size_t ClipStream::position() const {
  return state_->position();
}
std::size_t ClipStream::picture_bytes() const {
  return state_->picture_bytes();
}
Volume ClipStream::facts() const {
  return state_->facts();
}

}  // namespace radbatch
