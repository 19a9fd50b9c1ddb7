#include "radbatch/dicom/jpeg2000.hpp"

#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "radbatch/base/error.hpp"

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

void check_components(const opj_image_t& image, std::uint64_t max_samples) {
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
  if (std::uint64_t{first.w} * first.h * image.numcomps > max_samples) {
    throw Error(Reason::bad_header, "JPEG 2000: the codestream is larger than the header says");
  }
}

}  // namespace

Jpeg2000Image decode_jpeg2000(std::span<const std::uint8_t> bytes, std::uint64_t max_samples) {
  // "\0\0\0\x0cjP" begins the JP2 file format, which some writers wrap around the codestream.
  const bool is_jp2 = bytes.size() > 6 && bytes[4] == 'j' && bytes[5] == 'P';
  Source source{bytes};
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
    throw Error(Reason::bad_header, "JPEG 2000: " + problem);
  }
  const Image image(raw, &opj_image_destroy);
  check_components(*image, max_samples);
  if (!opj_decode(codec.get(), stream.get(), image.get()) || !opj_end_decompress(codec.get(), stream.get())) {
    throw Error(Reason::truncated_pixels, "JPEG 2000: " + problem);
  }
  const opj_image_comp_t& first = image->comps[0];
  Jpeg2000Image result{
      first.w, first.h, static_cast<int>(image->numcomps), static_cast<int>(first.prec), first.sgnd != 0, {}};
  const std::size_t pixels = std::size_t{first.w} * first.h;
  result.samples.resize(pixels * image->numcomps);
  for (OPJ_UINT32 c = 0; c < image->numcomps; ++c) {
    const OPJ_INT32* data = image->comps[c].data;
    if (data == nullptr) throw Error(Reason::truncated_pixels, "JPEG 2000: a component has no data");
    for (std::size_t p = 0; p < pixels; ++p) result.samples[p * image->numcomps + c] = data[p];
  }
  return result;
}

}  // namespace radbatch
