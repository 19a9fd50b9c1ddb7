// The wanted frames of one file, decoded in windows: from the key frame before each, or straight on. For the
// sources of this module only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "radbatch/video/decoder.hpp"
#include "radbatch/video/timeline.hpp"

namespace radbatch::video_detail {

class ChapterReader {
 public:
  using Take = std::function<void(std::size_t frame, const AVFrame& picture)>;

  /// `wanted`: indices into the timeline, ascending, read from the one at `begin` on. All three must outlive
  /// the reader.
  ChapterReader(MediaBytes& bytes, const Timeline& timeline, std::span<const std::size_t> wanted,
                std::size_t begin = 0);

  const AVStream& stream() const { return window_->demuxer.stream(); }
  /// Calls `take` once, with the next wanted frame that can be decoded; false when there is none. One that is
  /// damaged is passed over.
  bool next(const Take& take);
  /// How many of the wanted are behind.
  std::size_t position() const { return at_; }
  /// Damage the decoder met on the way.
  std::int64_t faults() const { return faults_ + window_->decoder.faults(); }

 private:
  struct Window {
    explicit Window(MediaBytes& bytes) : demuxer(bytes), decoder(demuxer.stream()) {}
    Demuxer demuxer;
    Decoder decoder;
  };
  std::size_t key_before(std::size_t frame) const;
  std::size_t entry_for(std::size_t frame) const;
  bool is_worth_a_jump() const;
  bool jump();
  void start_again();
  void run(const Take& take);
  bool see(const AVFrame& picture, const Take& take);

  MediaBytes& bytes_;
  const Timeline& timeline_;
  std::span<const std::size_t> wanted_;
  std::optional<Window> window_;
  Packet packet_ = make_packet();
  std::size_t at_ = 0;    ///< the next of the wanted
  bool goes_on_ = false;  ///< frames before the first one were read by somebody else
  bool has_taken_ = false;
  std::int64_t reached_ = -1;  ///< the last frame that came out
  bool can_jump_ = false;
  bool has_jumped_ = false;  ///< and nothing came out since
  bool has_overshot_ = false;
  std::int64_t faults_ = 0;
};

}  // namespace radbatch::video_detail
