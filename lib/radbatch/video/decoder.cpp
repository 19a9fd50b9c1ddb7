#include "radbatch/video/decoder.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <new>
#include <string>

#include "radbatch/base/error.hpp"

namespace radbatch::video_detail {
namespace {

constexpr std::int64_t most_pixels = std::int64_t{8192} * 8192;

void check(int error, const char* doing) {
  if (error >= 0) return;
  if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
  throw Error(Reason::transfer_syntax,
              std::string("the video decoder cannot be ") + doing + ": " + error_text(error));
}

}  // namespace

void Decoder::Freer::operator()(AVCodecContext* context) const {
  avcodec_free_context(&context);
}

void Decoder::Freer::operator()(AVFrame* frame) const {
  av_frame_free(&frame);
}

Decoder::Decoder(const AVStream& stream) {
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  context_.reset(codec != nullptr ? avcodec_alloc_context3(codec) : nullptr);
  frame_.reset(av_frame_alloc());
  if (!context_ || !frame_) throw std::bad_alloc();
  check(avcodec_parameters_to_context(context_.get(), stream.codecpar), "set up");
  context_->pkt_timebase = stream.time_base;
  context_->max_pixels = most_pixels;
  // Workers are as many as there are processors, and one thread gives the same picture everywhere.
  context_->thread_count = 1;
  // The same arithmetic on every processor.
  context_->flags |= AV_CODEC_FLAG_BITEXACT;
  check(avcodec_open2(context_.get(), codec, nullptr), "started");
}

bool Decoder::decode(const AVPacket* packet, const std::function<bool(const AVFrame&)>& take) {
  int error = avcodec_send_packet(context_.get(), packet);
  if (error == AVERROR(EAGAIN)) {
    if (!receive(take)) return false;
    error = avcodec_send_packet(context_.get(), packet);
  }
  if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (error < 0 && error != AVERROR_EOF) ++faults_;
  return receive(take);
}

bool Decoder::receive(const std::function<bool(const AVFrame&)>& take) {
  for (;;) {
    const int error = avcodec_receive_frame(context_.get(), frame_.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return true;
    if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (error < 0) {
      ++faults_;
      return true;
    }
    // Damage that the codec painted over with neighbouring pixels.
    if (frame_->decode_error_flags != 0) ++faults_;
    const bool more = take(*frame_);
    av_frame_unref(frame_.get());
    if (!more) return false;
  }
}

void Decoder::flush() {
  avcodec_flush_buffers(context_.get());
}

}  // namespace radbatch::video_detail
