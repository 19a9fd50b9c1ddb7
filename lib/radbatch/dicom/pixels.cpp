#include "radbatch/dicom/pixels.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <string>

#include "radbatch/base/error.hpp"
#include "radbatch/base/parallel.hpp"
#include "radbatch/dicom/dataset.hpp"
#include "radbatch/dicom/encapsulated.hpp"
#include "radbatch/dicom/frame_decoder.hpp"
#include "radbatch/dicom/lookup_tables.hpp"
#include "radbatch/dicom/unpack.hpp"

namespace radbatch {
namespace {

using Bytes = std::vector<std::uint8_t>;

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

FrameFormat format_of(const PixelHeader& header) {
  return {header.columns,
          header.rows,
          header.samples,
          header.bits_allocated,
          header.bits_stored,
          header.pixel_representation == 1,
          header.planar_configuration == 1,
          header.photometric};
}

Fragment item_bytes(DcmPixelSequence& sequence, unsigned long index) {
  DcmPixelItem* item = nullptr;
  Uint8* bytes = nullptr;
  if (sequence.getItem(item, index).bad() || item == nullptr) {
    throw Error(Reason::truncated_pixels,
                "fragment " + std::to_string(index) + " of the pixel data is missing");
  }
  const Uint32 length = item->getLength();
  if (length == 0) return {};
  if (item->getUint8Array(bytes).bad() || bytes == nullptr) {
    throw Error(Reason::io, "fragment " + std::to_string(index) + " of the pixel data cannot be read");
  }
  return {bytes, length};
}

// DCMTK reads values when they are asked for, which only one thread may do; decoding takes all.
void decode_encapsulated(const ParsedFile& file, const PixelHeader& header, std::size_t threads,
                         StoredPixels& pixels) {
  DcmPixelSequence& sequence = pixel_sequence(file);
  std::vector<Fragment> fragments;
  for (unsigned long i = 1; i < sequence.card(); ++i) fragments.push_back(item_bytes(sequence, i));
  const auto frames = fragments_of_frames(fragments, item_bytes(sequence, 0), header.frames);
  const FrameFormat format = format_of(header);
  const std::size_t bytes = frame_bytes(format);
  const std::span<std::byte> out(pixels.samples.data(), pixels.samples.size());
  parallel_for(frames.size(), threads, [&](std::size_t k) {
    Bytes joined;
    const Fragment stream = frame_stream(fragments, frames[k], joined);
    decode_frame(header.transfer_syntax, stream, format, out.subspan(k * bytes, bytes));
  });
}

// Frames of 1 and 12 bits need not begin with a byte: they are taken by the sample.
void decode_native(const ParsedFile& file, const PixelHeader& header, StoredPixels& pixels) {
  const FrameFormat format = format_of(header);
  const Bytes all = uncompressed_bytes(file, header.bits_allocated);
  const std::size_t bytes = frame_bytes(format);
  for (std::int64_t k = 0; k < header.frames; ++k) {
    const auto frame = static_cast<std::size_t>(k);
    const std::span<std::byte> out(pixels.samples.data() + frame * bytes, bytes);
    if (format.samples == 1) {
      unpack_native(all, frame * format.count(), format, out);
      continue;
    }
    const std::size_t stored =
        static_cast<std::size_t>(native_bytes(header)) / static_cast<std::size_t>(header.frames);
    decode_frame(UID_LittleEndianExplicitTransferSyntax, Fragment(all).subspan(frame * stored, stored),
                 format, out);
  }
}

void decode_integers(const ParsedFile& file, const PixelHeader& header, std::size_t threads,
                     StoredPixels& pixels) {
  const FrameFormat format = format_of(header);
  pixels.type = frame_type(format);
  pixels.samples = Buffer(frame_bytes(format) * static_cast<std::size_t>(header.frames));
  if (header.encapsulated) {
    decode_encapsulated(file, header, threads, pixels);
  } else {
    decode_native(file, header, pixels);
  }
  if (header.photometric == "MONOCHROME1")
    invert_monochrome1(format, {pixels.samples.data(), pixels.samples.size()});
}

template <class T, class Get>
void fill_floats(const ParsedFile& file, const DcmTagKey& tag, Get get, StoredPixels& pixels) {
  const T* values = nullptr;
  unsigned long count = 0;
  const auto out = pixels.samples.as<float>();
  if (get(file.dataset(), tag, values, count).bad() || values == nullptr || count < out.size())
    throw Error(Reason::io, "the floating-point pixel data cannot be read");
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>(values[i]);
    if (!std::isfinite(out[i]))
      throw Error(Reason::nonfinite, "the pixel data holds NaN, infinity or what float32 cannot hold");
  }
}

void read_floats(const ParsedFile& file, const PixelHeader& header, StoredPixels& pixels) {
  pixels.type = SampleType::float32;
  pixels.samples =
      Buffer(static_cast<std::size_t>(header.columns * header.rows * header.frames) * sizeof(float));
  if (header.float_bits == 32) {
    const auto get = [](DcmItem& d, const DcmTagKey& tag, const Float32*& values, unsigned long& n) {
      return d.findAndGetFloat32Array(tag, values, &n);
    };
    return fill_floats<Float32>(file, DCM_FloatPixelData, get, pixels);
  }
  const auto get = [](DcmItem& d, const DcmTagKey& tag, const Float64*& values, unsigned long& n) {
    return d.findAndGetFloat64Array(tag, values, &n);
  };
  fill_floats<Float64>(file, DCM_DoubleFloatPixelData, get, pixels);
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
  const auto out = mapped.as<std::uint16_t>();
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = table.values[static_cast<std::size_t>(
        std::clamp<std::int64_t>(stored_at(pixels, i) - table.first, 0, last))];
  }
  pixels.samples = std::move(mapped);
  pixels.type = SampleType::uint16;
}

// "US or SS" like the pixels; MONOCHROME1 turns its padding round with them.
std::optional<std::int64_t> padding_value(const ParsedFile& file, const PixelHeader& header,
                                          const DcmTagKey& tag) {
  const auto value = find_integer(file.dataset(), tag);
  if (!value || header.samples != 1 || header.float_bits != 0) return std::nullopt;
  const std::int64_t highest = (std::int64_t{1} << header.bits_stored) - 1;
  const bool is_signed = header.pixel_representation == 1;
  const std::int64_t stored = is_signed ? *value : *value & highest;
  if (header.photometric != "MONOCHROME1") return stored;
  return (is_signed ? -1 : highest) - stored;
}

void read_rescale(const ParsedFile& file, StoredPixels& pixels) {
  DcmDataset& dataset = file.dataset();
  const bool has_rescale =
      dataset.tagExistsWithValue(DCM_RescaleSlope) || dataset.tagExistsWithValue(DCM_RescaleIntercept);
  if (!has_rescale) return;
  pixels.has_rescale = true;
  pixels.slope = find_number(dataset, DCM_RescaleSlope).value_or(1);
  pixels.intercept = find_number(dataset, DCM_RescaleIntercept).value_or(0);
  if (pixels.slope == 0) throw Error(Reason::bad_header, "RescaleSlope is 0");
}

// What the header makes of grey values: a palette, a rescale or a table.
void finish_grey(const ParsedFile& file, const PixelHeader& header, StoredPixels& pixels) {
  const auto count = static_cast<std::size_t>(pixels.columns * pixels.rows * pixels.frames);
  if (header.photometric == "PALETTE COLOR")
    return apply_palette(read_palette(file.dataset()), pixels, count);
  pixels.padding = padding_value(file, header, DCM_PixelPaddingValue);
  if (pixels.padding) pixels.padding_limit = padding_value(file, header, DCM_PixelPaddingRangeLimit);
  read_rescale(file, pixels);
  if (pixels.has_rescale || header.float_bits != 0) return;
  const auto table = read_modality_table(file.dataset());
  if (!table) return;
  if (header.photometric == "MONOCHROME1")
    throw Error(Reason::photometric, "MONOCHROME1 with a modality LUT");
  apply_table(*table, pixels, count);
  pixels.has_rescale = true;
  pixels.padding.reset();
  pixels.padding_limit.reset();
}

}  // namespace

StoredPixels read_stored_pixels(const std::filesystem::path& path, std::uint64_t max_bytes,
                                std::size_t threads) {
  const ParsedFile file = parse_dicom(path);
  if (const auto refusal = check_file(file, path, max_bytes)) throw Error(refusal->reason, refusal->detail);
  const PixelHeader header = pixel_header(file);
  StoredPixels pixels;
  pixels.columns = header.columns;
  pixels.rows = header.rows;
  pixels.frames = header.frames;
  pixels.channels = static_cast<int>(header.samples);
  pixels.photometric = header.photometric;
  if (header.float_bits != 0) {
    read_floats(file, header, pixels);
  } else {
    decode_integers(file, header, threads, pixels);
  }
  if (pixels.channels == 1) finish_grey(file, header, pixels);
  return pixels;
}

}  // namespace radbatch
