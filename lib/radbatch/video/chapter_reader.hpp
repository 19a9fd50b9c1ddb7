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

  /// `wanted`: indices into the timeline, ascending. All three must outlive the reader.
  ChapterReader(MediaBytes& bytes, const Timeline& timeline, std::span<const std::size_t> wanted);

  const AVStream& stream() const { return window_->demuxer.stream(); }
  /// Calls `take` for each wanted frame that can be decoded, in order. One that is damaged is left out.
  void read(const Take& take);
  /// Damage the decoder met on the way.
  std::int64_t faults() const { return faults_; }

 private:
  struct Window {
    explicit Window(MediaBytes& bytes) : demuxer(bytes), decoder(demuxer.stream()) {}
    Demuxer demuxer;
    Decoder decoder;
  };
  std::size_t key_before(std::size_t frame) const;
  bool is_worth_a_jump() const;
  bool jump();
  void start_again();
  void run(const Take& take);
  bool see(const AVFrame& picture, const Take& take);

  MediaBytes& bytes_;
  const Timeline& timeline_;
  std::span<const std::size_t> wanted_;
  std::optional<Window> window_;
  std::size_t at_ = 0;         ///< the next of the wanted
  std::int64_t reached_ = -1;  ///< the last frame that came out
  bool can_jump_ = false;
  bool has_jumped_ = false;  ///< and nothing came out since
  bool has_overshot_ = false;
  std::int64_t faults_ = 0;
};

}  // namespace radbatch::video_detail
