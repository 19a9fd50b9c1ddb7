// A decoded frame as it is meant to be seen: RGB or grey, square pixels, upright. For the sources of this
// module only.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "radbatch/video/demuxer.hpp"

struct AVFrame;
struct SwsContext;

namespace radbatch::video_detail {

/// Where a stored pixel is shown: (x, y) at m * (x, y), moved back into the picture.
struct Turn {
  std::array<int, 4> m{1, 0, 0, 1};  ///< row-major; quarter turns and reflections
  bool swaps_sides() const { return m[0] == 0; }
};

/// The display matrix of the stream as a turn. Throws Error(Reason::bad_header) for one that is not made of
/// quarter turns and reflections.
Turn turn_of(const AVStream& stream);
/// Degrees clockwise, for people: 0, 90, 180, 270.
int degrees_clockwise(const Turn& turn);

struct PictureSize {
  std::int64_t width = 0, height = 0;
};

/// Throws Error(Reason::too_large) when `n` pictures need more than `max_bytes`.
void check_memory(std::size_t n, PictureSize size, int channels, std::uint64_t max_bytes);

class PictureMaker {
 public:
  /// The stream's stored size and sample aspect ratio decide the size: the shorter side of a pixel is
  /// stretched, so that no sample is lost.
  explicit PictureMaker(const AVStream& stream);
  ~PictureMaker();

  PictureSize size() const { return size_; }
  int channels() const { return channels_; }
  /// Writes channels x width x height bytes, channel fastest. Throws Error(Reason::bad_header) when the frame
  /// has another size than the clip, Error(Reason::photometric) when its pixels cannot be converted.
  void write(const AVFrame& frame, std::uint8_t* target);
  /// How the colour of the frames was stored: "BT.709, limited range"; empty before the first one.
  const std::string& colour() const { return colour_; }

 private:
  void convert(const AVFrame& frame);
  void set_colour(const AVFrame& frame);

  struct Freer {
    void operator()(SwsContext* context) const;
    void operator()(AVFrame* frame) const;
  };
  PictureSize stored_, scaled_, size_;
  Turn turn_;
  int channels_ = 3;
  std::unique_ptr<SwsContext, Freer> scaler_;
  std::array<int, 3> scaler_key_{-1, -1, -1};  ///< pixel format, matrix, range
  std::unique_ptr<AVFrame, Freer> upright_;    ///< converted, not turned yet
  std::string colour_;
};

}  // namespace radbatch::video_detail
