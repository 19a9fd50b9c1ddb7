// The functions of FFmpeg that this module calls, found when the first of them is called.
//
// Loading FFmpeg with its hundred codec libraries took 45 of the 75 ms of processor time in which an image
// worker started, and most studies have no recording. So the module is compiled against FFmpeg's headers,
// which check each definition here, and not linked with it: its libraries are opened by the SONAME of the
// version that the headers are of. The sandbox lets a worker read the system's folders and map what it finds
// there.
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libavutil/log.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}
#include <dlfcn.h>

#include <string>

#include "radbatch/base/error.hpp"

namespace {

class Library {
 public:
  Library(const std::string& name, int version) : name_("lib" + name + ".so." + std::to_string(version)) {
    handle_ = ::dlopen(name_.c_str(), RTLD_LAZY | RTLD_LOCAL);
    if (handle_ == nullptr) fail();
  }
  void* find(const char* function) const {
    void* found = ::dlsym(handle_, function);
    if (found == nullptr) fail();
    return found;
  }

 private:
  [[noreturn]] void fail() const {
    const char* why = ::dlerror();
    throw radbatch::Error(radbatch::ExitCode::internal,
                          "FFmpeg cannot be used: " + (why ? std::string(why) : name_),
                          "install radbatch's dependencies again");
  }

  std::string name_;
  void* handle_ = nullptr;  ///< for as long as the process lives
};

const Library& util() {
  static const Library library("avutil", LIBAVUTIL_VERSION_MAJOR);
  return library;
}
const Library& codec() {
  static const Library library("avcodec", LIBAVCODEC_VERSION_MAJOR);
  return library;
}
const Library& format() {
  static const Library library("avformat", LIBAVFORMAT_VERSION_MAJOR);
  return library;
}
const Library& scale() {
  static const Library library("swscale", LIBSWSCALE_VERSION_MAJOR);
  return library;
}

/// The library's function of the same name and type as `ours`, looked up once.
template <auto ours>
auto in(const Library& library, const char* name) {
  static const auto theirs = reinterpret_cast<decltype(ours)>(library.find(name));
  return theirs;
}

}  // namespace

extern "C" {

void av_dict_free(AVDictionary** m) {
  return in<&av_dict_free>(util(), "av_dict_free")(m);
}
int av_dict_set(AVDictionary** pm, const char* key, const char* value, int flags) {
  return in<&av_dict_set>(util(), "av_dict_set")(pm, key, value, flags);
}
AVFrame* av_frame_alloc() {
  return in<&av_frame_alloc>(util(), "av_frame_alloc")();
}
void av_frame_free(AVFrame** frame) {
  return in<&av_frame_free>(util(), "av_frame_free")(frame);
}
int av_frame_get_buffer(AVFrame* frame, int align) {
  return in<&av_frame_get_buffer>(util(), "av_frame_get_buffer")(frame, align);
}
void av_frame_unref(AVFrame* frame) {
  return in<&av_frame_unref>(util(), "av_frame_unref")(frame);
}
void av_free(void* ptr) {
  return in<&av_free>(util(), "av_free")(ptr);
}
void av_freep(void* ptr) {
  return in<&av_freep>(util(), "av_freep")(ptr);
}
void av_log_set_level(int level) {
  return in<&av_log_set_level>(util(), "av_log_set_level")(level);
}
void* av_malloc(size_t size) {
  return in<&av_malloc>(util(), "av_malloc")(size);
}
const AVPixFmtDescriptor* av_pix_fmt_desc_get(AVPixelFormat pix_fmt) {
  return in<&av_pix_fmt_desc_get>(util(), "av_pix_fmt_desc_get")(pix_fmt);
}
int av_strerror(int errnum, char* errbuf, size_t errbuf_size) {
  return in<&av_strerror>(util(), "av_strerror")(errnum, errbuf, errbuf_size);
}
AVPacket* av_packet_alloc() {
  return in<&av_packet_alloc>(codec(), "av_packet_alloc")();
}
void av_packet_free(AVPacket** pkt) {
  return in<&av_packet_free>(codec(), "av_packet_free")(pkt);
}
void av_packet_unref(AVPacket* pkt) {
  return in<&av_packet_unref>(codec(), "av_packet_unref")(pkt);
}
AVCodecContext* avcodec_alloc_context3(const AVCodec* decoder) {
  return in<&avcodec_alloc_context3>(codec(), "avcodec_alloc_context3")(decoder);
}
const AVCodec* avcodec_find_decoder(AVCodecID id) {
  return in<&avcodec_find_decoder>(codec(), "avcodec_find_decoder")(id);
}
void avcodec_flush_buffers(AVCodecContext* avctx) {
  return in<&avcodec_flush_buffers>(codec(), "avcodec_flush_buffers")(avctx);
}
void avcodec_free_context(AVCodecContext** avctx) {
  return in<&avcodec_free_context>(codec(), "avcodec_free_context")(avctx);
}
const char* avcodec_get_name(AVCodecID id) {
  return in<&avcodec_get_name>(codec(), "avcodec_get_name")(id);
}
int avcodec_open2(AVCodecContext* avctx, const AVCodec* decoder, AVDictionary** options) {
  return in<&avcodec_open2>(codec(), "avcodec_open2")(avctx, decoder, options);
}
int avcodec_parameters_to_context(AVCodecContext* context, const AVCodecParameters* par) {
  return in<&avcodec_parameters_to_context>(codec(), "avcodec_parameters_to_context")(context, par);
}
int avcodec_receive_frame(AVCodecContext* avctx, AVFrame* frame) {
  return in<&avcodec_receive_frame>(codec(), "avcodec_receive_frame")(avctx, frame);
}
int avcodec_send_packet(AVCodecContext* avctx, const AVPacket* avpkt) {
  return in<&avcodec_send_packet>(codec(), "avcodec_send_packet")(avctx, avpkt);
}
int av_find_best_stream(AVFormatContext* ic, AVMediaType type, int wanted_stream_nb, int related_stream,
                        const AVCodec** decoder_ret, int flags) {
  return in<&av_find_best_stream>(format(), "av_find_best_stream")(ic, type, wanted_stream_nb, related_stream,
                                                                   decoder_ret, flags);
}
int av_read_frame(AVFormatContext* s, AVPacket* pkt) {
  return in<&av_read_frame>(format(), "av_read_frame")(s, pkt);
}
int av_seek_frame(AVFormatContext* s, int stream_index, int64_t timestamp, int flags) {
  return in<&av_seek_frame>(format(), "av_seek_frame")(s, stream_index, timestamp, flags);
}
uint8_t* av_stream_get_side_data(const AVStream* stream, AVPacketSideDataType type, size_t* size) {
  return in<&av_stream_get_side_data>(format(), "av_stream_get_side_data")(stream, type, size);
}
AVFormatContext* avformat_alloc_context() {
  return in<&avformat_alloc_context>(format(), "avformat_alloc_context")();
}
void avformat_close_input(AVFormatContext** s) {
  return in<&avformat_close_input>(format(), "avformat_close_input")(s);
}
int avformat_find_stream_info(AVFormatContext* ic, AVDictionary** options) {
  return in<&avformat_find_stream_info>(format(), "avformat_find_stream_info")(ic, options);
}
int avformat_index_get_entries_count(const AVStream* st) {
  return in<&avformat_index_get_entries_count>(format(), "avformat_index_get_entries_count")(st);
}
int avformat_open_input(AVFormatContext** ps, const char* url, const AVInputFormat* fmt,
                        AVDictionary** options) {
  return in<&avformat_open_input>(format(), "avformat_open_input")(ps, url, fmt, options);
}
AVIOContext* avio_alloc_context(unsigned char* buffer, int buffer_size, int write_flag, void* opaque,
                                int (*read_packet)(void* opaque, uint8_t* buf, int buf_size),
                                int (*write_packet)(void* opaque, uint8_t* buf, int buf_size),
                                int64_t (*seek)(void* opaque, int64_t offset, int whence)) {
  return in<&avio_alloc_context>(format(), "avio_alloc_context")(buffer, buffer_size, write_flag, opaque,
                                                                 read_packet, write_packet, seek);
}
void avio_context_free(AVIOContext** s) {
  return in<&avio_context_free>(format(), "avio_context_free")(s);
}
void sws_freeContext(SwsContext* swsContext) {
  return in<&sws_freeContext>(scale(), "sws_freeContext")(swsContext);
}
const int* sws_getCoefficients(int colorspace) {
  return in<&sws_getCoefficients>(scale(), "sws_getCoefficients")(colorspace);
}
SwsContext* sws_getContext(int srcW, int srcH, AVPixelFormat srcFormat, int dstW, int dstH,
                           AVPixelFormat dstFormat, int flags, SwsFilter* srcFilter, SwsFilter* dstFilter,
                           const double* param) {
  return in<&sws_getContext>(scale(), "sws_getContext")(srcW, srcH, srcFormat, dstW, dstH, dstFormat, flags,
                                                        srcFilter, dstFilter, param);
}
int sws_scale(SwsContext* c, const uint8_t* const srcSlice[], const int srcStride[], int srcSliceY,
              int srcSliceH, uint8_t* const dst[], const int dstStride[]) {
  return in<&sws_scale>(scale(), "sws_scale")(c, srcSlice, srcStride, srcSliceY, srcSliceH, dst, dstStride);
}
int sws_setColorspaceDetails(SwsContext* c, const int inv_table[4], int srcRange, const int table[4],
                             int dstRange, int brightness, int contrast, int saturation) {
  return in<&sws_setColorspaceDetails>(scale(), "sws_setColorspaceDetails")(
      c, inv_table, srcRange, table, dstRange, brightness, contrast, saturation);
}
}  // extern "C"
