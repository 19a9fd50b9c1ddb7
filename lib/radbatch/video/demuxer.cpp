#include "radbatch/video/demuxer.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/log.h>
}

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <new>
#include <string_view>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"

namespace radbatch::video_detail {
namespace {

constexpr int io_buffer_bytes = 1 << 16;
constexpr std::int64_t largest_side = 8192;

// No playlist, no concatenation script, no network: containers that hold their own bytes.
constexpr const char* containers =
    "mov,mp4,m4a,3gp,3g2,mj2,avi,matroska,webm,mpeg,mpegts,mpegvideo,m4v,h264,hevc,mjpeg,asf";
constexpr const char* codecs =
    "h264,hevc,mpeg4,mpeg2video,mpeg1video,mjpeg,msmpeg4v1,msmpeg4v2,msmpeg4,wmv1,wmv2,wmv3,vc1,h263,vp8,vp9,"
    "rawvideo,ffv1,huffyuv,ffvhuff,utvideo,prores,dnxhd,dvvideo,png,libdav1d,"
    "aac,aac_latm,ac3,mp2,mp3,mp3float,pcm_s16le,pcm_s16be,pcm_u8,pcm_s24le,pcm_mulaw,pcm_alaw,vorbis,opus";
constexpr std::array<std::string_view, 5> bare_streams{"mpegvideo", "m4v", "h264", "hevc", "mjpeg"};

struct Options {
  AVDictionary* all = nullptr;
  void set(const char* key, const char* value) { av_dict_set(&all, key, value, 0); }
  ~Options() { av_dict_free(&all); }
};

}  // namespace

std::string error_text(int error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(error, text.data(), text.size());
  return text.data();
}

void Closer::operator()(AVPacket* packet) const {
  av_packet_free(&packet);
}

void Closer::operator()(AVIOContext* io) const {
  av_freep(&io->buffer);
  avio_context_free(&io);
}

void Closer::operator()(AVFormatContext* context) const {
  avformat_close_input(&context);
}

Packet make_packet() {
  Packet packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  return packet;
}

int Demuxer::read_bytes(void* opaque, std::uint8_t* target, int size) {
  auto& self = *static_cast<Demuxer*>(opaque);
  try {
    const std::size_t n = self.bytes_.read(self.at_, {target, static_cast<std::size_t>(size)});
    self.at_ += n;
    return n == 0 ? AVERROR_EOF : static_cast<int>(n);
  } catch (const std::exception&) {  // through C code no exception may pass
    self.io_failed_ = true;
    return AVERROR(EIO);
  }
}

std::int64_t Demuxer::seek_bytes(void* opaque, std::int64_t offset, int whence) {
  auto& self = *static_cast<Demuxer*>(opaque);
  const auto size = static_cast<std::int64_t>(self.bytes_.size());
  if ((whence & AVSEEK_SIZE) != 0) return size;
  switch (whence & ~AVSEEK_FORCE) {
    case SEEK_CUR:
      offset += static_cast<std::int64_t>(self.at_);
      break;
    case SEEK_END:
      offset += size;
      break;
    default:
      break;
  }
  if (offset < 0) return AVERROR(EINVAL);
  self.at_ = static_cast<std::uint64_t>(offset);
  return offset;
}

Demuxer::Demuxer(MediaBytes& bytes) : bytes_(bytes) {
  // Debian's FFmpeg talks on standard error; what matters comes back as errors.
  av_log_set_level(AV_LOG_QUIET);
  open();
  find_stream();
}

void Demuxer::open() {
  auto* buffer = static_cast<unsigned char*>(av_malloc(io_buffer_bytes));
  if (buffer == nullptr) throw std::bad_alloc();
  io_.reset(avio_alloc_context(buffer, io_buffer_bytes, 0, this, read_bytes, nullptr, seek_bytes));
  if (!io_) av_free(buffer);
  AVFormatContext* context = avformat_alloc_context();
  if (!io_ || context == nullptr) throw std::bad_alloc();
  context->pb = io_.get();
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  context->io_open = [](AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
    return AVERROR(EPERM);
  };
  Options options;
  options.set("format_whitelist", containers);
  options.set("codec_whitelist", codecs);
  options.set("protocol_whitelist", "none");
  options.set("max_streams", "64");
  const int error = avformat_open_input(&context, nullptr, nullptr, &options.all);  // frees it when it fails
  context_.reset(context);
  if (error < 0) fail_to_open(error);
  const int found = avformat_find_stream_info(context_.get(), nullptr);
  if (found < 0) fail_to_open(found);
}

void Demuxer::fail_to_open(int error) const {
  if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (io_failed_) throw Error(Reason::io, "the recording cannot be read");
  std::array<std::uint8_t, 12> head{};
  const std::size_t n = bytes_.read(0, head);
  const std::string_view first(reinterpret_cast<const char*>(head.data()), n);
  if (n >= 8 && first.substr(4, 4) == "ftyp") {
    throw Error(Reason::truncated_pixels,
                "the MP4 or MOV file has no usable index (moov); the recording was probably cut off: " +
                    error_text(error));
  }
  throw Error(Reason::bad_header, "the recording cannot be opened: " + error_text(error));
}

void Demuxer::find_stream() {
  const int best = av_find_best_stream(context_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (best < 0 || (context_->streams[best]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
    throw Error(Reason::not_image, "a recording without pictures");
  }
  stream_ = context_->streams[best];
  const AVCodecParameters& codec = *stream_->codecpar;
  if (avcodec_find_decoder(codec.codec_id) == nullptr) {
    throw Error(Reason::transfer_syntax,
                "video codec " + std::string(avcodec_get_name(codec.codec_id)) + " cannot be decoded");
  }
  if (codec.width <= 0 || codec.height <= 0)
    throw Error(Reason::bad_header, "the recording does not say how large its frames are");
  if (codec.width > largest_side || codec.height > largest_side) {
    throw Error(Reason::too_large, "frames of " + std::to_string(codec.width) + " x " +
                                       std::to_string(codec.height) + " pixels; up to " +
                                       std::to_string(largest_side) + " a side are decoded");
  }
}

std::string Demuxer::container() const {
  return context_->iformat->name;
}

bool Demuxer::is_bare() const {
  return std::ranges::find(bare_streams, std::string_view(context_->iformat->name)) != bare_streams.end();
}

std::optional<double> Demuxer::declared_seconds() const {
  if (context_->duration == AV_NOPTS_VALUE ||
      context_->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE)
    return std::nullopt;
  return static_cast<double>(context_->duration) / AV_TIME_BASE;
}

std::int64_t Demuxer::declared_packets() const {
  const std::string_view format = context_->iformat->name;
  if (format.starts_with("mov")) return avformat_index_get_entries_count(stream_);
  return format == "avi" ? stream_->nb_frames : 0;
}

void Demuxer::note_end(const AVPacket& packet) {
  const AVRational base = context_->streams[packet.stream_index]->time_base;
  const std::int64_t start = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (start == AV_NOPTS_VALUE) return;
  end_seconds_ = std::max(end_seconds_, static_cast<double>(start + packet.duration) * av_q2d(base));
}

bool Demuxer::next(AVPacket& packet) {
  for (;;) {
    av_packet_unref(&packet);
    const int error = av_read_frame(context_.get(), &packet);
    if (error == AVERROR(EAGAIN)) continue;
    if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (error < 0) {
      if (io_failed_) throw Error(Reason::io, "the recording cannot be read");
      if (error != AVERROR_EOF) cut_off_ = true;
      return false;
    }
    note_end(packet);
    if (packet.stream_index != stream_->index) continue;
    // The bytes of this packet are not all there: half a picture is none.
    if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0) {
      cut_off_ = true;
      continue;
    }
    return true;
  }
}

bool Demuxer::seek(std::int64_t pts) {
  return av_seek_frame(context_.get(), stream_->index, pts, AVSEEK_FLAG_BACKWARD) >= 0;
}

}  // namespace radbatch::video_detail
