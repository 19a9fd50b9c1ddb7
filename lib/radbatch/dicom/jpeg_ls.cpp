// JPEG-LS, lossless and near-lossless, through CharLS.
#include <charls/charls.h>

#include <algorithm>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/codec.hpp"

namespace radbatch {
namespace {

Error fault_of(const charls::jpegls_error& error) {
  using charls::jpegls_errc;
  const auto& code = error.code();
  const bool short_data = code == jpegls_errc::source_buffer_too_small ||
                          code == jpegls_errc::invalid_encoded_data ||
                          code == jpegls_errc::too_much_encoded_data;
  return {short_data ? Reason::truncated_pixels : Reason::bad_header,
          "JPEG-LS: " + printable(code.message())};
}

CodedImage decode(ByteSpan stream, const FrameFormat& format) {
  // Without looking into a SPIFF header: some writers' are wrong, and nothing in it is needed.
  charls::jpegls_decoder decoder(stream.data(), stream.size(), false);
  decoder.read_header();
  const charls::frame_info info = decoder.frame_info();
  check_extent("JPEG-LS", format, info.width, info.height, info.component_count);
  CodedImage image;
  image.precision = info.bits_per_sample;
  image.bytes = info.bits_per_sample <= 8 ? 1 : 2;
  image.planar = decoder.interleave_mode() == charls::interleave_mode::none;
  const std::size_t bytes = format.count() * static_cast<std::size_t>(image.bytes);
  if (decoder.destination_size() != bytes)
    throw Error(Reason::bad_header, "JPEG-LS: the stream decodes to another size than the header says");
  image.samples = Buffer(bytes);
  decoder.decode(image.samples.data(), bytes);
  return image;
}

}  // namespace

CodedImage decode_jpeg_ls(ByteSpan stream, const FrameFormat& format) {
  try {
    return decode(stream, format);
  } catch (const charls::jpegls_error& error) {
    throw fault_of(error);
  }
}

}  // namespace radbatch
