#include "radbatch/dicom/pixels.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/text.hpp"
#include "radbatch/dicom/colour.hpp"
#include "radbatch/dicom/dataset.hpp"
#include "radbatch/dicom/encapsulated.hpp"
#include "radbatch/dicom/jpeg2000.hpp"
#include "radbatch/dicom/lookup_tables.hpp"
#include "radbatch/dicom/unpack.hpp"

namespace radbatch {
namespace {

static_assert(std::endian::native == std::endian::little, "pixel words are taken as little endian");

using Bytes = std::vector<std::uint8_t>;

void register_codecs() {
  static const bool once = [] {
    DcmRLEDecoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs(EDC_photometricInterpretation);
    DJLSDecoderRegistration::registerCodecs();
    return true;
  }();
  static_cast<void>(once);
}

DcmPixelData& pixel_element(const ParsedFile& file) {
  DcmElement* element = nullptr;
  file.dataset().findAndGetElement(DCM_PixelData, element);
  auto* pixels = dynamic_cast<DcmPixelData*>(element);
  if (pixels == nullptr) throw Error(Reason::not_image, "no pixel data");
  return *pixels;
}

DcmPixelSequence& pixel_sequence(const ParsedFile& file) {
  DcmPixelData& pixels = pixel_element(file);
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  DcmPixelSequence* sequence = nullptr;
  pixels.getOriginalRepresentationKey(syntax, parameter);
  if (pixels.getEncapsulatedRepresentation(syntax, parameter, sequence).bad() || sequence == nullptr) {
    throw Error(Reason::bad_header, "pixel data is not encapsulated in a compressed transfer syntax");
  }
  return *sequence;
}

// The uncompressed pixel bytes in little-endian order.
Bytes uncompressed_bytes(const ParsedFile& file, std::int64_t bits_allocated) {
  DcmPixelData& pixels = pixel_element(file);
  const Uint32 length = pixels.getLength(EXS_LittleEndianExplicit);
  Bytes bytes(length);
  Uint8* octets = nullptr;
  Uint16* words = nullptr;
  if (pixels.getVR() == EVR_OB && pixels.getUint8Array(octets).good() && octets != nullptr) {
    std::memcpy(bytes.data(), octets, length);
  } else if (pixels.getUint16Array(words).good() && words != nullptr) {
    std::memcpy(bytes.data(), words, length);
    // DCMTK swaps 16-bit words only: the halves of big-endian 32-bit samples are still exchanged.
    if (bits_allocated == 32 && file.dataset().getOriginalXfer() == EXS_BigEndianExplicit) {
      for (std::size_t i = 0; i + 3 < bytes.size(); i += 4)
        std::swap_ranges(&bytes[i], &bytes[i + 2], &bytes[i + 2]);
    }
  } else {
    throw Error(Reason::io, "the pixel data cannot be read");
  }
  return bytes;
}

bool is_jpeg2000(const std::string& syntax) {
  return syntax == UID_JPEG2000LosslessOnlyTransferSyntax || syntax == UID_JPEG2000TransferSyntax;
}

// A JPEG decoder fills what is missing with grey and only warns: a stream must have its end marker.
void check_end_marker(const FrameStream& stream) {
  constexpr std::array<std::uint8_t, 2> end_of_image{0xff, 0xd9};
  const auto tail = stream.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(stream.size(), 64));
  if (std::search(tail, stream.end(), end_of_image.begin(), end_of_image.end()) != stream.end()) return;
  throw Error(Reason::truncated_pixels, "a compressed frame has no end marker");
}

// DCMTK finds frames in fragments only by the offset table or one by one; so it gets them one by one.
void put_one_fragment_per_frame(const ParsedFile& file, const std::vector<FrameStream>& streams) {
  DcmPixelData& pixels = pixel_element(file);
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  pixels.getOriginalRepresentationKey(syntax, parameter);
  auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelData, EVR_OB));
  sequence->insert(new DcmPixelItem(DcmTag(DCM_PixelItemTag, EVR_OB)));
  for (const FrameStream& stream : streams) {
    auto item = std::make_unique<DcmPixelItem>(DcmTag(DCM_PixelItemTag, EVR_OB));
    if (item->putUint8Array(stream.data(), static_cast<unsigned long>(stream.size())).bad())
      throw std::bad_alloc();
    sequence->insert(item.release());
  }
  pixels.putOriginalRepresentation(syntax, nullptr, sequence.release());
}

void decompress(const ParsedFile& file, const PixelHeader& header) {
  register_codecs();
  if (header.transfer_syntax != UID_RLELosslessTransferSyntax) {
    const auto streams = frame_streams(pixel_sequence(file), header.frames);
    std::ranges::for_each(streams, check_end_marker);
    if (header.fragments != static_cast<std::uint64_t>(header.frames) && header.frames > 1) {
      put_one_fragment_per_frame(file, streams);
    }
  }
  const OFCondition status = file.dataset().chooseRepresentation(EXS_LittleEndianExplicit, nullptr);
  if (status.bad())
    throw Error(Reason::bad_header, "the compressed pixels cannot be decoded: " + printable(status.text()));
}

struct Layout : SampleLayout {
  std::string photometric;
};

void decode_jpeg2000_frames(const ParsedFile& file, const PixelHeader& header, const Layout& layout,
                            StoredPixels& out) {
  const auto per_frame = static_cast<std::size_t>(out.columns * out.rows * out.channels);
  out.type = stored_type(layout);
  out.samples = Buffer(per_frame * static_cast<std::size_t>(out.frames) * bytes_per_sample(out.type));
  Buffer frame(per_frame * bytes_per_sample(out.type));
  std::size_t index = 0;
  for (const FrameStream& stream : frame_streams(pixel_sequence(file), header.frames)) {
    const Jpeg2000Image image = decode_jpeg2000(stream, per_frame);
    if (image.width != out.columns || image.height != out.rows || image.components != out.channels) {
      throw Error(Reason::bad_header, "the JPEG 2000 frame has another size than the header");
    }
    if (image.precision > layout.bits_allocated)
      throw Error(Reason::bad_header, "the JPEG 2000 frame has more bits than the header");
    fill_as(out.type, frame, per_frame, [&](std::size_t i) -> std::int64_t {
      const std::int32_t value = image.samples[i];
      if (image.is_signed == layout.is_signed) return value;
      // The codestream and the header disagree about the sign: the header is right, the bits are reread.
      return layout.is_signed ? sign_extended(value, image.precision)
                              : value & ((std::int64_t{1} << image.precision) - 1);
    });
    std::memcpy(out.samples.data() + index++ * frame.size(), frame.data(), frame.size());
  }
}

void invert(const Layout& layout, StoredPixels& pixels, std::size_t count) {
  const std::int64_t sum = layout.is_signed ? -1 : (std::int64_t{1} << layout.bits_stored) - 1;
  auto inverted = [sum](auto samples) {
    for (auto& v : samples) v = static_cast<std::remove_reference_t<decltype(v)>>(sum - v);
  };
  switch (pixels.type) {
    case SampleType::uint8:
      return inverted(pixels.samples.as<std::uint8_t>().first(count));
    case SampleType::int16:
      return inverted(pixels.samples.as<std::int16_t>().first(count));
    case SampleType::uint16:
      return inverted(pixels.samples.as<std::uint16_t>().first(count));
    default:
      return inverted(pixels.samples.as<std::int32_t>().first(count));
  }
}

std::int64_t stored_at(const StoredPixels& pixels, std::size_t i) {
  switch (pixels.type) {
    case SampleType::uint8:
      return pixels.samples.as<std::uint8_t>()[i];
    case SampleType::int16:
      return pixels.samples.as<std::int16_t>()[i];
    case SampleType::uint16:
      return pixels.samples.as<std::uint16_t>()[i];
    default:
      return pixels.samples.as<std::int32_t>()[i];
  }
}

void apply_palette(const Palette& palette, StoredPixels& pixels, std::size_t count) {
  Buffer rgb(count * 3);
  auto out = rgb.as<std::uint8_t>();
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t stored = stored_at(pixels, i);
    for (std::size_t c = 0; c < 3; ++c) out[i * 3 + c] = look_up(palette[c], stored);
  }
  pixels.samples = std::move(rgb);
  pixels.type = SampleType::uint8;
  pixels.channels = 3;
}

void apply_table(const ModalityTable& table, StoredPixels& pixels, std::size_t count) {
  Buffer mapped(count * 2);
  const auto last = static_cast<std::int64_t>(table.values.size()) - 1;
  fill<std::uint16_t>(mapped, count, [&](std::size_t i) {
    return table.values[static_cast<std::size_t>(
        std::clamp<std::int64_t>(stored_at(pixels, i) - table.first, 0, last))];
  });
  pixels.samples = std::move(mapped);
  pixels.type = SampleType::uint16;
}

// Grey values as the header means them: rescale or table, then MONOCHROME1 turned round.
void finish_grey(const ParsedFile& file, const Layout& layout, StoredPixels& pixels) {
  const auto count = static_cast<std::size_t>(pixels.columns * pixels.rows * pixels.frames);
  if (layout.photometric == "PALETTE COLOR")
    return apply_palette(read_palette(file.dataset()), pixels, count);
  if (layout.photometric == "MONOCHROME1") invert(layout, pixels, count);
  if (file.dataset().tagExistsWithValue(DCM_RescaleSlope) ||
      file.dataset().tagExistsWithValue(DCM_RescaleIntercept)) {
    pixels.slope = find_number(file.dataset(), DCM_RescaleSlope).value_or(1);
    pixels.intercept = find_number(file.dataset(), DCM_RescaleIntercept).value_or(0);
    if (pixels.slope == 0) throw Error(Reason::bad_header, "RescaleSlope is 0");
  } else if (const auto table = read_modality_table(file.dataset())) {
    if (layout.photometric == "MONOCHROME1")
      throw Error(Reason::photometric, "MONOCHROME1 with a modality LUT");
    apply_table(*table, pixels, count);
  }
}

void finish_colour(const Layout& layout, StoredPixels& pixels) {
  const auto count = static_cast<std::size_t>(pixels.columns * pixels.rows * pixels.frames * 3);
  if (layout.photometric == "RGB" || layout.photometric == "YBR_RCT" || layout.photometric == "YBR_ICT")
    return;
  if (pixels.type != SampleType::uint8) {
    throw Error(Reason::photometric, layout.photometric + " with more than 8 bits");
  }
  ybr_full_to_rgb(pixels.samples.as<std::uint8_t>().first(count));
}

}  // namespace

StoredPixels read_stored_pixels(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const ParsedFile file = parse_dicom(path);
  if (const auto refusal = check_file(file, path, max_bytes)) throw Error(refusal->reason, refusal->detail);
  const PixelHeader header = pixel_header(file);
  StoredPixels pixels;
  pixels.columns = header.columns;
  pixels.rows = header.rows;
  pixels.frames = header.frames;
  pixels.channels = static_cast<int>(header.samples);
  Layout layout{{header.bits_allocated, header.bits_stored, header.pixel_representation == 1,
                 header.planar_configuration == 1},
                header.photometric};
  if (is_jpeg2000(header.transfer_syntax)) {
    decode_jpeg2000_frames(file, header, layout, pixels);
  } else {
    if (header.encapsulated) {
      decompress(file, header);
      // The decoder may have turned YBR into RGB or changed the planar configuration, and says so.
      const PixelHeader decoded = pixel_header(file);
      layout.planar = decoded.planar_configuration == 1;
      layout.photometric = decoded.photometric;
    }
    Bytes bytes = uncompressed_bytes(file, header.bits_allocated);
    if (!header.encapsulated && layout.photometric == "YBR_FULL_422") bytes = expand_ybr_422(bytes);
    unpack(bytes, layout, pixels);
  }
  if (pixels.channels == 1) {
    finish_grey(file, layout, pixels);
  } else {
    finish_colour(layout, pixels);
  }
  return pixels;
}

}  // namespace radbatch
