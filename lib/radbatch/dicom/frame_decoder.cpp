#include "radbatch/dicom/frame_decoder.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/dicom/codec.hpp"
#include "radbatch/dicom/colour.hpp"
#include "radbatch/dicom/jpeg_markers.hpp"
#include "radbatch/dicom/transfer_syntax.hpp"
#include "radbatch/dicom/unpack.hpp"

namespace radbatch {
namespace {

bool is_422(const FrameFormat& format) {
  return format.photometric == "YBR_FULL_422" || format.photometric == "YBR_PARTIAL_422";
}

void decode_native(ByteSpan stream, const FrameFormat& format, std::span<std::byte> out) {
  if (!is_422(format)) return unpack_native(stream, 0, format, out);
  if (format.bits_allocated != 8 || format.columns % 2 != 0)
    throw Error(Reason::photometric, format.photometric + " with " + std::to_string(format.bits_allocated) +
                                         " bits and " + std::to_string(format.columns) + " columns");
  const std::size_t bytes = format.pixels() * 2;
  if (stream.size() < bytes) {
    throw Error(Reason::truncated_pixels, "pixel data is " + std::to_string(stream.size()) + " bytes, " +
                                              std::to_string(bytes) + " expected");
  }
  FrameFormat full = format;
  full.planar = false;
  unpack_native(expand_ybr_422(stream.first(bytes)), 0, full, out);
}

// Decoders of both JPEG kinds make do with a stream that breaks off near its end: it must have its end
// marker.
void check_end_marker(ByteSpan stream) {
  constexpr std::array<std::uint8_t, 2> end_of_image{0xff, 0xd9};
  const ByteSpan tail = stream.last(std::min<std::size_t>(stream.size(), 64));
  if (!std::ranges::search(tail, end_of_image).empty()) return;
  throw Error(Reason::truncated_pixels, "a compressed frame has no end marker");
}

// The syntax names a family; which process made a stream only the stream knows.
CodedImage decode_jpeg(ByteSpan stream, const FrameFormat& format) {
  check_end_marker(stream);
  const JpegFrameHeader header = find_jpeg_frame_header(stream);
  if (header.is_lossless()) return decode_jpeg_lossless(stream, format);
  if (header.marker > 0xc3) {
    throw Error(Reason::transfer_syntax,
                "JPEG process SOF" + std::to_string(header.marker - 0xc0) + " cannot be decoded");
  }
  if (header.precision == 8) return decode_jpeg_8bit(stream, format);
  return decode_jpeg_12bit(stream, format);
}

CodedImage decode_coded(const TransferSyntax& syntax, ByteSpan stream, const FrameFormat& format) {
  switch (syntax.coding) {
    case Coding::run_length:
      return decode_run_length(stream, format);
    case Coding::jpeg:
      return decode_jpeg(stream, format);
    case Coding::jpeg_ls:
      check_end_marker(stream);
      return decode_jpeg_ls(stream, format);
    case Coding::jpeg2000:
      return decode_jpeg2000(stream, format);
    case Coding::jpeg_xl: {
      CodedImage image = decode_jpeg_xl(stream, format);
      // A recompressed JPEG's YCbCr is undone by the decoder.
      image.is_rgb |= syntax.uid == "1.2.840.10008.1.2.4.111";
      return image;
    }
    default:
      throw Error(Reason::transfer_syntax,
                  "transfer syntax " + transfer_syntax_text(syntax.uid) + " cannot be decoded");
  }
}

Buffer little_endian(ByteSpan stream, std::int64_t bits_allocated) {
  Buffer bytes(stream.size());
  auto* out = bytes.as<std::uint8_t>().data();
  const std::size_t width = std::max<std::size_t>(static_cast<std::size_t>(bits_allocated) / 8, 1);
  const std::size_t whole = stream.size() / width * width;
  for (std::size_t i = 0; i < whole; i += width) std::reverse_copy(&stream[i], &stream[i] + width, out + i);
  std::copy(stream.begin() + static_cast<std::ptrdiff_t>(whole), stream.end(), out + whole);
  return bytes;
}

void to_rgb(const FrameFormat& format, std::span<std::byte> out) {
  const std::string& photometric = format.photometric;
  // RCT and ICT are names of transforms inside JPEG 2000, which its decoder has undone.
  if (photometric == "RGB" || photometric == "YBR_RCT" || photometric == "YBR_ICT" || photometric == "XYB")
    return;
  const bool partial = photometric.starts_with("YBR_PARTIAL");
  auto* bytes = reinterpret_cast<std::uint8_t*>(out.data());
  if (frame_type(format) == SampleType::uint8) {
    return partial ? ybr_partial_to_rgb({bytes, format.count()}) : ybr_full_to_rgb({bytes, format.count()});
  }
  if (frame_type(format) != SampleType::uint16 || partial)
    throw Error(Reason::photometric, photometric + " with more than 8 bits");
  ybr_full_to_rgb({reinterpret_cast<std::uint16_t*>(out.data()), format.count()},
                  static_cast<int>(format.bits_stored));
}

}  // namespace

void check_extent(const char* kind, const FrameFormat& format, std::int64_t columns, std::int64_t rows,
                  std::int64_t components) {
  if (columns == format.columns && rows == format.rows && components == format.samples) return;
  const auto text = [](std::int64_t c, std::int64_t r, std::int64_t n) {
    return std::to_string(c) + " x " + std::to_string(r) + " x " + std::to_string(n);
  };
  throw Error(Reason::bad_header, std::string(kind) + ": the frame has " + text(columns, rows, components) +
                                      " samples, the header says " +
                                      text(format.columns, format.rows, format.samples));
}

std::string_view decode_frame(std::string_view transfer_syntax, std::span<const std::uint8_t> stream,
                              const FrameFormat& format, std::span<std::byte> out) {
  if (out.size() != frame_bytes(format)) throw Error(ExitCode::internal, "a frame's buffer has another size");
  const TransferSyntax* syntax = find_transfer_syntax(transfer_syntax);
  if (syntax == nullptr || syntax->coding == Coding::none) {
    throw Error(Reason::transfer_syntax,
                "transfer syntax " + transfer_syntax_text(transfer_syntax) + " cannot be decoded");
  }
  bool is_rgb = false;
  switch (syntax->coding) {
    case Coding::native:
    case Coding::deflated:
      decode_native(stream, format, out);
      break;
    case Coding::native_big:
      decode_native(little_endian(stream, format.bits_allocated).as<std::uint8_t>(), format, out);
      break;
    case Coding::deflated_frame: {
      const std::size_t samples = is_422(format) ? format.pixels() * 2 : format.count();
      const std::size_t bytes = (samples * static_cast<std::size_t>(format.bits_allocated) + 7) / 8;
      decode_native(inflate_frame(stream, bytes).as<std::uint8_t>(), format, out);
      break;
    }
    default: {
      const CodedImage image = decode_coded(*syntax, stream, format);
      is_rgb = image.is_rgb;
      unpack_coded(image, format, out);
    }
  }
  if (format.samples == 1) return format.photometric;
  if (!is_rgb) to_rgb(format, out);
  return "RGB";
}

void invert_monochrome1(const FrameFormat& format, std::span<std::byte> samples) {
  const std::int64_t sum = format.is_signed ? -1 : (std::int64_t{1} << format.bits_stored) - 1;
  const auto invert = [&]<class T>(T*) {
    for (T& v : std::span(reinterpret_cast<T*>(samples.data()), samples.size() / sizeof(T)))
      v = static_cast<T>(sum - v);
  };
  switch (frame_type(format)) {
    case SampleType::uint8:
      return invert(static_cast<std::uint8_t*>(nullptr));
    case SampleType::int16:
      return invert(static_cast<std::int16_t*>(nullptr));
    case SampleType::uint16:
      return invert(static_cast<std::uint16_t*>(nullptr));
    default:
      return invert(static_cast<std::int32_t*>(nullptr));
  }
}

}  // namespace radbatch
