#include "radbatch/video/picture.hpp"

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch::video_detail {
namespace {

// Bicubic chroma, and arithmetic that is the same on every processor.
constexpr int scaler_flags =
    SWS_BICUBIC | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_ACCURATE_RND | SWS_BITEXACT;
// Beyond this an aspect ratio is damage and not a recording.
constexpr double most_stretch = 8;

struct Format {
  AVPixelFormat pixels = AV_PIX_FMT_NONE;
  bool is_full_range = false;
};

/// The "J" formats are an old way to say full range.
Format format_of(const AVFrame& frame) {
  const auto pixels = static_cast<AVPixelFormat>(frame.format);
  switch (pixels) {
    case AV_PIX_FMT_YUVJ420P:
      return {AV_PIX_FMT_YUV420P, true};
    case AV_PIX_FMT_YUVJ422P:
      return {AV_PIX_FMT_YUV422P, true};
    case AV_PIX_FMT_YUVJ444P:
      return {AV_PIX_FMT_YUV444P, true};
    case AV_PIX_FMT_YUVJ440P:
      return {AV_PIX_FMT_YUV440P, true};
    default:
      return {pixels, frame.color_range == AVCOL_RANGE_JPEG};
  }
}

bool is_rgb(const AVPixFmtDescriptor& format) {
  return (format.flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
}

bool is_grey(int format) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format));
  return description != nullptr && description->nb_components <= 2 && !is_rgb(*description);
}

std::string matrix_name(int matrix) {
  switch (matrix) {
    case SWS_CS_ITU709:
      return "BT.709";
    case SWS_CS_BT2020:
      return "BT.2020";
    case SWS_CS_SMPTE240M:
      return "SMPTE 240M";
    case SWS_CS_FCC:
      return "FCC";
    default:
      return "BT.601";
  }
}

/// Where nothing is said: BT.601, as FFmpeg, OpenCV and PyAV take it, whatever the size.
int matrix_of(const AVFrame& frame) {
  switch (frame.colorspace) {
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_FCC:
      return SWS_CS_FCC;
    case AVCOL_SPC_SMPTE240M:
      return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    default:
      return SWS_CS_ITU601;
  }
}

PictureSize square_pixels(const AVStream& stream, PictureSize stored) {
  AVRational aspect = stream.sample_aspect_ratio;
  if (aspect.num <= 0 || aspect.den <= 0) aspect = stream.codecpar->sample_aspect_ratio;
  if (aspect.num <= 0 || aspect.den <= 0 || aspect.num == aspect.den) return stored;
  const double ratio = av_q2d(aspect);
  if (ratio > most_stretch || ratio < 1 / most_stretch) {
    throw Error(Reason::bad_header, "pixels of " + std::to_string(aspect.num) + " : " +
                                        std::to_string(aspect.den) + " are no recording's");
  }
  if (ratio > 1) return {std::llround(static_cast<double>(stored.width) * ratio), stored.height};
  return {stored.width, std::llround(static_cast<double>(stored.height) / ratio)};
}

}  // namespace

Turn turn_of(const AVStream& stream) {
  Turn turn;
  const auto* matrix = reinterpret_cast<const std::int32_t*>(
      av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr));
  if (matrix == nullptr) return turn;
  // Entries are a b u, c d v, ...: (x, y) is shown at (a x + c y, b x + d y).
  const double scale = std::max({std::abs(double(matrix[0])), std::abs(double(matrix[1])),
                                 std::abs(double(matrix[3])), std::abs(double(matrix[4]))});
  const auto entry = [&](int at) { return scale > 0 ? matrix[at] / scale : 0.0; };
  const std::array<double, 4> exact{entry(0), entry(3), entry(1), entry(4)};
  for (std::size_t i = 0; i < 4; ++i) turn.m[i] = static_cast<int>(std::lround(exact[i]));
  const bool is_near = std::ranges::all_of(std::array<std::size_t, 4>{0, 1, 2, 3}, [&](std::size_t i) {
    return std::abs(exact[i] - turn.m[i]) < 0.02;
  });
  if (!is_near || std::abs(turn.m[0] * turn.m[3] - turn.m[1] * turn.m[2]) != 1)
    throw Error(Reason::bad_header, "the recording is to be shown turned by no multiple of 90 degrees");
  return turn;
}

int degrees_clockwise(const Turn& turn) {
  if (turn.m[0] != 0) return turn.m[0] < 0 && turn.m[3] < 0 ? 180 : 0;
  return turn.m[2] > 0 ? 90 : 270;
}

void PictureMaker::Freer::operator()(SwsContext* context) const {
  sws_freeContext(context);
}

void PictureMaker::Freer::operator()(AVFrame* frame) const {
  av_frame_free(&frame);
}

void check_memory(std::size_t n, PictureSize size, int channels, std::uint64_t max_bytes) {
  const double bytes = static_cast<double>(size.width * size.height * channels) * static_cast<double>(n);
  if (bytes <= static_cast<double>(max_bytes)) return;
  throw Error(Reason::too_large,
              counted(n, "frame") + " of " + std::to_string(size.width) + " x " +
                  std::to_string(size.height) + " need " + human_bytes(bytes) + ", " +
                  human_bytes(static_cast<double>(max_bytes)) + " allowed",
              "take fewer with --frames, e.g. n=32 or every=5s");
}

PictureMaker::PictureMaker(const AVStream& stream)
    : stored_{stream.codecpar->width, stream.codecpar->height},
      scaled_(square_pixels(stream, stored_)),
      size_(scaled_),
      turn_(turn_of(stream)),
      channels_(is_grey(stream.codecpar->format) ? 1 : 3),
      upright_(av_frame_alloc()) {
  if (turn_.swaps_sides()) std::swap(size_.width, size_.height);
  if (!upright_) throw std::bad_alloc();
  upright_->format = channels_ == 1 ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_RGB24;
  upright_->width = static_cast<int>(scaled_.width);
  upright_->height = static_cast<int>(scaled_.height);
}

PictureMaker::~PictureMaker() = default;

void PictureMaker::set_colour(const AVFrame& frame) {
  const Format format = format_of(frame);
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format.pixels);
  if (description == nullptr) throw Error(Reason::photometric, "a frame without a known pixel format");
  const bool full = format.is_full_range || is_rgb(*description);
  const int matrix = matrix_of(frame);
  const std::array<int, 3> key{frame.format, matrix, full ? 1 : 0};
  if (scaler_ && key == scaler_key_) return;
  scaler_.reset(sws_getContext(frame.width, frame.height, format.pixels, upright_->width, upright_->height,
                               static_cast<AVPixelFormat>(upright_->format), scaler_flags, nullptr, nullptr,
                               nullptr));
  if (!scaler_) {
    throw Error(Reason::photometric,
                "pixel format " + std::string(description->name) + " cannot be converted");
  }
  // Grey has no matrix, but a range: out of it comes the full one.
  sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(matrix), full ? 1 : 0,
                           sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
  scaler_key_ = key;
  const std::string range = full ? ", full range" : ", limited range";
  if (is_rgb(*description)) {
    colour_ = "RGB";
  } else if (channels_ == 1) {
    colour_ = "grey" + range;
  } else {
    colour_ =
        matrix_name(matrix) + (frame.colorspace == AVCOL_SPC_UNSPECIFIED ? " (not stated)" : "") + range;
  }
}

void PictureMaker::convert(const AVFrame& frame) {
  if (upright_->data[0] == nullptr && av_frame_get_buffer(upright_.get(), 64) < 0) throw std::bad_alloc();
  set_colour(frame);
  const int rows = sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, upright_->data,
                             upright_->linesize);
  if (rows != upright_->height) throw Error(Reason::photometric, "a frame could not be converted");
}

void PictureMaker::write(const AVFrame& frame, std::uint8_t* target) {
  if (frame.width != stored_.width || frame.height != stored_.height) {
    throw Error(Reason::bad_header, "the frames change their size: " + std::to_string(frame.width) + " x " +
                                        std::to_string(frame.height) + " after " +
                                        std::to_string(stored_.width) + " x " +
                                        std::to_string(stored_.height));
  }
  convert(frame);
  const std::size_t pixel = static_cast<std::size_t>(channels_);
  const auto row_bytes = static_cast<std::size_t>(size_.width) * pixel;
  const std::uint8_t* source = upright_->data[0];
  const std::ptrdiff_t stride = upright_->linesize[0];
  if (turn_.m == std::array<int, 4>{1, 0, 0, 1}) {
    for (std::int64_t y = 0; y < size_.height; ++y)
      std::memcpy(target + static_cast<std::size_t>(y) * row_bytes, source + y * stride, row_bytes);
    return;
  }
  // The inverse of a turn is its transpose; the offset keeps the result inside the picture.
  const auto& m = turn_.m;
  const std::int64_t x0 = m[0] + m[2] < 0 ? scaled_.width - 1 : 0;
  const std::int64_t y0 = m[1] + m[3] < 0 ? scaled_.height - 1 : 0;
  for (std::int64_t y = 0; y < size_.height; ++y) {
    for (std::int64_t x = 0; x < size_.width; ++x) {
      const std::int64_t from_x = x0 + m[0] * x + m[2] * y, from_y = y0 + m[1] * x + m[3] * y;
      const std::uint8_t* from = source + from_y * stride + from_x * static_cast<std::ptrdiff_t>(pixel);
      for (std::size_t c = 0; c < pixel; ++c) *target++ = from[c];
    }
  }
}

}  // namespace radbatch::video_detail
