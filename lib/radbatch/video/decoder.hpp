// Packets to pictures, for the sources of this module only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "radbatch/video/demuxer.hpp"

struct AVCodecContext;
struct AVFrame;

namespace radbatch::video_detail {

class Decoder {
 public:
  /// Throws Error(Reason::transfer_syntax) when the codec refuses its parameters.
  explicit Decoder(const AVStream& stream);
  Decoder(const Decoder&) = delete;

  /// Gives a packet (nothing: the end) and hands every picture that comes out to `take`, in the order of
  /// presentation, until `take` says false. Damage is counted, not thrown.
  bool decode(const AVPacket* packet, const std::function<bool(const AVFrame&)>& take);
  /// The pictures that were ready when `take` said false.
  bool rest(const std::function<bool(const AVFrame&)>& take) { return receive(take); }
  /// Forgets what it holds, after a seek.
  void flush();
  /// Packets that the codec could not make sense of.
  std::int64_t faults() const { return faults_; }

 private:
  bool receive(const std::function<bool(const AVFrame&)>& take);

  struct Freer {
    void operator()(AVCodecContext* context) const;
    void operator()(AVFrame* frame) const;
  };
  std::unique_ptr<AVCodecContext, Freer> context_;
  std::unique_ptr<AVFrame, Freer> frame_;
  std::int64_t faults_ = 0;
};

}  // namespace radbatch::video_detail
