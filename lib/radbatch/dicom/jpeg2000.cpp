// JPEG 2000 and high-throughput JPEG 2000, through OpenJPEG.
//
// Not through ITK's GDCM: Debian's build aborts on bad (and some valid) input and gets no security updates,
// and OpenJPEG gets them. DCMTK has no JPEG 2000.
#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/codec.hpp"

namespace radbatch {
namespace {

struct Source {
  std::span<const std::uint8_t> bytes;
  std::size_t at = 0;
};

OPJ_SIZE_T read_source(void* buffer, OPJ_SIZE_T wanted, void* user) {
  auto& source = *static_cast<Source*>(user);
  const std::size_t n = std::min<std::size_t>(wanted, source.bytes.size() - source.at);
  if (n == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(buffer, source.bytes.data() + source.at, n);
  source.at += n;
  return n;
}

OPJ_OFF_T skip_source(OPJ_OFF_T wanted, void* user) {
  auto& source = *static_cast<Source*>(user);
  if (wanted < 0) return -1;
  const auto n = std::min<std::size_t>(static_cast<std::size_t>(wanted), source.bytes.size() - source.at);
  source.at += n;
  return static_cast<OPJ_OFF_T>(n);
}

OPJ_BOOL seek_source(OPJ_OFF_T position, void* user) {
  auto& source = *static_cast<Source*>(user);
  if (position < 0 || static_cast<std::size_t>(position) > source.bytes.size()) return OPJ_FALSE;
  source.at = static_cast<std::size_t>(position);
  return OPJ_TRUE;
}

void keep_first(const char* message, void* user) {
  auto& text = *static_cast<std::string*>(user);
  if (!text.empty()) return;
  text = message;
  while (!text.empty() && (text.back() == '\n' || text.back() == '.' || text.back() == ' ')) text.pop_back();
}

using Codec = std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)>;
using Stream = std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)>;
using Image = std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)>;

Stream open_stream(Source& source) {
  Stream stream(opj_stream_create(1 << 16, OPJ_TRUE), &opj_stream_destroy);
  opj_stream_set_user_data(stream.get(), &source, nullptr);
  opj_stream_set_user_data_length(stream.get(), source.bytes.size());
  opj_stream_set_read_function(stream.get(), read_source);
  opj_stream_set_skip_function(stream.get(), skip_source);
  opj_stream_set_seek_function(stream.get(), seek_source);
  return stream;
}

void check_components(const opj_image_t& image, const FrameFormat& format) {
  if (image.numcomps == 0 || image.numcomps > 4) {
    throw Error(Reason::bad_header, "JPEG 2000: " + std::to_string(image.numcomps) + " components");
  }
  const opj_image_comp_t& first = image.comps[0];
  for (OPJ_UINT32 c = 0; c < image.numcomps; ++c) {
    const opj_image_comp_t& one = image.comps[c];
    if (one.w != first.w || one.h != first.h || one.prec != first.prec || one.sgnd != first.sgnd ||
        one.prec > 31) {
      throw Error(Reason::bad_header, "JPEG 2000: the components differ in size or precision");
    }
  }
  check_extent("JPEG 2000", format, first.w, first.h, image.numcomps);
  if (first.prec > format.bits_allocated)
    throw Error(Reason::bad_header, "the JPEG 2000 frame has more bits than the header");
}

Error fault(Reason reason, const std::string& problem) {
  return {reason, "JPEG 2000: " + printable(problem)};
}

Image decode_components(ByteSpan stream_bytes, const FrameFormat& format) {
  // "\0\0\0\x0cjP" begins the JP2 file format, which some writers wrap around the codestream.
  const bool is_jp2 = stream_bytes.size() > 6 && stream_bytes[4] == 'j' && stream_bytes[5] == 'P';
  Source source{stream_bytes};
  std::string problem;
  Codec codec(opj_create_decompress(is_jp2 ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K), &opj_destroy_codec);
  opj_set_error_handler(codec.get(), keep_first, &problem);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  Stream stream = open_stream(source);
  opj_image_t* raw = nullptr;
  if (!opj_setup_decoder(codec.get(), &parameters) || !opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE) ||
      !opj_read_header(stream.get(), codec.get(), &raw)) {
    opj_image_destroy(raw);
    throw fault(Reason::bad_header, problem);
  }
  Image image(raw, &opj_image_destroy);
  check_components(*image, format);
  if (!opj_decode(codec.get(), stream.get(), image.get()) || !opj_end_decompress(codec.get(), stream.get())) {
    throw fault(Reason::truncated_pixels, problem);
  }
  return image;
}

}  // namespace

CodedImage decode_jpeg2000(ByteSpan stream, const FrameFormat& format) {
  const Image image = decode_components(stream, format);
  const opj_image_comp_t& first = image->comps[0];
  CodedImage out{.precision = static_cast<int>(first.prec),
                 .is_signed = first.sgnd != 0,
                 .planar = true,
                 .bytes = 4,
                 .samples = Buffer(format.count() * 4)};
  for (OPJ_UINT32 c = 0; c < image->numcomps; ++c) {
    const OPJ_INT32* data = image->comps[c].data;
    if (data == nullptr || image->comps[c].w != first.w || image->comps[c].h != first.h)
      throw fault(Reason::truncated_pixels, "a component has no data");
    std::memcpy(out.samples.data() + c * format.pixels() * 4, data, format.pixels() * 4);
  }
  return out;
}

}  // namespace radbatch
