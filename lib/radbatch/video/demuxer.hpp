// One recording opened, for the sources of this module only: the names of FFmpeg stay inside it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "radbatch/video/media_bytes.hpp"

struct AVFormatContext;
struct AVIOContext;
struct AVPacket;
struct AVStream;

namespace radbatch::video_detail {

/// FFmpeg's word for an error number.
std::string error_text(int error);

struct Closer {
  void operator()(AVPacket* packet) const;
  void operator()(AVIOContext* io) const;
  void operator()(AVFormatContext* context) const;
};
using Packet = std::unique_ptr<AVPacket, Closer>;
Packet make_packet();

/// The picture stream of one file. Containers and codecs outside the lists of allowed ones are not tried; no
/// other file is ever opened.
class Demuxer {
 public:
  /// Throws Error: not_image (no such container, sound only), bad_header (damaged), truncated_pixels (cut off
  /// before its index), transfer_syntax (unknown codec), too_large (a frame beyond 8192 x 8192 pixels).
  explicit Demuxer(MediaBytes& bytes);
  Demuxer(const Demuxer&) = delete;

  AVStream& stream() const { return *stream_; }
  std::string container() const;
  /// A bare stream without a container: its frames have no times.
  bool is_bare() const;
  /// Length that the container declares, in seconds.
  std::optional<double> declared_seconds() const;
  /// Samples that the container's index lists; 0 where it has none.
  std::int64_t declared_packets() const;

  /// The next packet of the picture stream; false at the end.
  bool next(AVPacket& packet);
  /// To the last key frame not later than `pts`. False when the container cannot.
  bool seek(std::int64_t pts);
  /// The bytes ended, or could not be understood, before the container was through.
  bool is_cut_off() const { return cut_off_; }
  /// When the last packet of any stream ends, in seconds; picture and sound.
  double end_seconds() const { return end_seconds_; }

 private:
  static int read_bytes(void* opaque, std::uint8_t* target, int size);
  static std::int64_t seek_bytes(void* opaque, std::int64_t offset, int whence);
  void open();
  void find_stream();
  [[noreturn]] void fail_to_open(int error) const;
  void note_end(const AVPacket& packet);

  MediaBytes& bytes_;
  std::uint64_t at_ = 0;
  std::unique_ptr<AVIOContext, Closer> io_;
  std::unique_ptr<AVFormatContext, Closer> context_;  // goes before its bytes
  AVStream* stream_ = nullptr;
  bool cut_off_ = false;
  bool io_failed_ = false;  ///< the storage, not the recording: demuxers say EIO for both
  double end_seconds_ = 0;
};

}  // namespace radbatch::video_detail
