#include "radbatch/dicom/header_gate.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "radbatch/base/text.hpp"
#include "radbatch/dicom/transfer_syntax.hpp"

namespace radbatch {
namespace {

using Wide = unsigned __int128;

constexpr std::string_view deflated_frames = "1.2.840.10008.1.2.8.1";
constexpr std::array<std::string_view, 3> run_length_syntaxes{"1.2.840.10008.1.2.5", "1.2.840.10008.1.2.1.99",
                                                              deflated_frames};
constexpr std::array<std::string_view, 3> grey_photometrics{"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"};
constexpr std::array<std::string_view, 8> colour_photometrics{
    "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_RCT", "YBR_ICT", "XYB"};
// How a codec may store colour; as native pixels they have no layout.
constexpr std::array<std::string_view, 2> coded_photometrics{"YBR_PARTIAL_420", "XYB"};
// No real run-length or deflate stream of an image shrinks further than this.
constexpr std::uint64_t max_compression = 1100;

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& list, std::string_view value) {
  return std::ranges::find(list, value) != list.end();
}

Refusal bad(std::string detail) {
  return {Reason::bad_header, std::move(detail)};
}

std::string stated(std::string_view what, std::int64_t value) {
  return value < 0 ? std::string(what) + " is missing" : std::string(what) + " is " + std::to_string(value);
}

std::string shown(const std::string& text) {
  return text.empty() ? "missing" : printable(text);
}

std::optional<Refusal> check_extent(const PixelHeader& h) {
  if (h.rows <= 0 || h.rows > 65535) return bad(stated("Rows", h.rows));
  if (h.columns <= 0 || h.columns > 65535) return bad(stated("Columns", h.columns));
  if (h.frames <= 0 || h.frames > INT32_MAX) return bad("NumberOfFrames is " + std::to_string(h.frames));
  return std::nullopt;
}

std::optional<Refusal> check_float(const PixelHeader& h) {
  if (h.bits_allocated != h.float_bits)
    return bad(stated("BitsAllocated", h.bits_allocated) + " with floating-point pixels");
  if (h.photometric == "MONOCHROME2") return std::nullopt;
  return Refusal{Reason::photometric,
                 "floating-point pixels with PhotometricInterpretation " + shown(h.photometric)};
}

std::optional<Refusal> check_bits(const PixelHeader& h) {
  if (h.float_bits != 0) return check_float(h);
  constexpr std::array<std::int64_t, 5> allowed{1, 8, 12, 16, 32};
  if (std::ranges::find(allowed, h.bits_allocated) == allowed.end()) {
    return bad(stated("BitsAllocated", h.bits_allocated));
  }
  if (h.bits_stored <= 0 || h.bits_stored > h.bits_allocated) {
    return bad(stated("BitsStored", h.bits_stored) + " with BitsAllocated " +
               std::to_string(h.bits_allocated));
  }
  if (h.high_bit != h.bits_stored - 1) {
    return bad(stated("HighBit", h.high_bit) + " with BitsStored " + std::to_string(h.bits_stored));
  }
  if (h.pixel_representation != 0 && h.pixel_representation != 1) {
    return bad(stated("PixelRepresentation", h.pixel_representation));
  }
  return std::nullopt;
}

std::optional<Refusal> check_colour(const PixelHeader& h) {
  const bool grey = contains(grey_photometrics, h.photometric);
  // The decoder of a video knows its own colour.
  if (is_video_syntax(h.transfer_syntax) && h.bits_allocated == 8) return std::nullopt;
  if (!grey && !contains(colour_photometrics, h.photometric)) {
    return Refusal{Reason::photometric, "PhotometricInterpretation is " + shown(h.photometric)};
  }
  if (!h.encapsulated && contains(coded_photometrics, h.photometric)) {
    return Refusal{Reason::photometric,
                   "uncompressed pixels with PhotometricInterpretation " + h.photometric};
  }
  if (h.samples != (grey ? 1 : 3)) {
    return bad("SamplesPerPixel is " + std::to_string(h.samples) + " with PhotometricInterpretation " +
               h.photometric);
  }
  if (h.planar_configuration != 0 && h.planar_configuration != 1) {
    return bad(stated("PlanarConfiguration", h.planar_configuration));
  }
  if (!grey && ((h.bits_allocated != 8 && h.bits_allocated != 16) || h.pixel_representation != 0)) {
    return Refusal{Reason::photometric, "colour with BitsAllocated " + std::to_string(h.bits_allocated) +
                                            " and PixelRepresentation " +
                                            std::to_string(h.pixel_representation)};
  }
  return std::nullopt;
}

Wide samples_of(const PixelHeader& h) {
  return Wide(static_cast<std::uint64_t>(h.rows)) * static_cast<std::uint64_t>(h.columns) *
         static_cast<std::uint64_t>(h.frames) * static_cast<std::uint64_t>(h.samples);
}

Wide wide_native_bytes(const PixelHeader& h) {
  Wide samples = samples_of(h);
  // 4:2:2 stores two colour differences for every two luminances: 2 samples per pixel instead of 3.
  if (h.photometric.ends_with("_422")) samples = samples / 3 * 2;
  return (samples * static_cast<std::uint64_t>(h.bits_allocated) + 7) / 8;
}

// Hours of video are decoded frame by frame: one frame is the measure.
std::optional<Refusal> check_video(PixelHeader h, std::uint64_t max_bytes) {
  h.frames = 1;
  const auto frame = decoded_bytes(h);
  if (!frame || *frame > max_bytes) {
    return Refusal{Reason::too_large, "a frame of " + std::to_string(h.columns) + " x " +
                                          std::to_string(h.rows) + " pixels needs more than " +
                                          human_bytes(static_cast<double>(max_bytes))};
  }
  if (h.fragments > 0) return std::nullopt;
  return Refusal{Reason::truncated_pixels, "pixel data has no fragment"};
}

std::optional<Refusal> check_length(const PixelHeader& h, std::uint64_t max_bytes) {
  if (is_video_syntax(h.transfer_syntax)) return check_video(h, max_bytes);
  const auto decoded = decoded_bytes(h);
  if (!decoded || *decoded > max_bytes) {
    return Refusal{Reason::too_large, std::to_string(h.columns) + " x " + std::to_string(h.rows) + " x " +
                                          std::to_string(h.frames) + " pixels need more than " +
                                          human_bytes(static_cast<double>(max_bytes))};
  }
  if (contains(run_length_syntaxes, h.transfer_syntax) && *decoded / max_compression > h.file_size) {
    return Refusal{Reason::too_large, "a file of " + std::to_string(h.file_size) + " bytes declares " +
                                          human_bytes(static_cast<double>(*decoded)) + " of pixels"};
  }
  if (h.encapsulated) {
    if (h.fragments >= static_cast<std::uint64_t>(h.frames)) return std::nullopt;
    return Refusal{Reason::truncated_pixels, "pixel data has " + counted(h.fragments, "fragment") + " for " +
                                                 counted(static_cast<std::size_t>(h.frames), "frame")};
  }
  const auto expected = native_bytes(h);
  if (h.pixel_bytes == expected || h.pixel_bytes == expected + expected % 2) return std::nullopt;
  const Reason reason = h.pixel_bytes < expected ? Reason::truncated_pixels : Reason::bad_header;
  return Refusal{reason, "pixel data is " + counted(h.pixel_bytes, "byte") + ", " + std::to_string(expected) +
                             " expected"};
}

}  // namespace

bool is_video_syntax(const std::string& transfer_syntax) {
  const TransferSyntax* syntax = find_transfer_syntax(transfer_syntax);
  return syntax != nullptr && syntax->coding == Coding::video;
}

bool is_compressed(const std::string& transfer_syntax) {
  const TransferSyntax* syntax = find_transfer_syntax(transfer_syntax);
  if (syntax == nullptr) return false;
  constexpr std::array<Coding, 4> others{Coding::native, Coding::native_big, Coding::deflated, Coding::none};
  return std::ranges::find(others, syntax->coding) == others.end();
}

bool can_decode(const std::string& transfer_syntax) {
  const TransferSyntax* syntax = find_transfer_syntax(transfer_syntax);
  return syntax != nullptr && syntax->coding != Coding::none;
}

std::uint64_t native_bytes(const PixelHeader& h) {
  return static_cast<std::uint64_t>(wide_native_bytes(h));
}

std::optional<std::uint64_t> decoded_bytes(const PixelHeader& h) {
  // 8-bit signed values take two bytes here, floats of 64 bits four.
  const bool is_byte = h.bits_allocated <= 8 && h.pixel_representation == 0;
  const Wide bytes = samples_of(h) * (is_byte ? 1 : h.bits_allocated <= 16 ? 2 : 4);
  if (bytes > (Wide{1} << 62)) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

std::optional<Refusal> check_pixel_header(const PixelHeader& h, std::uint64_t max_bytes) {
  if (!can_decode(h.transfer_syntax)) {
    return Refusal{Reason::transfer_syntax,
                   "transfer syntax " + transfer_syntax_text(h.transfer_syntax) + " cannot be decoded"};
  }
  if (auto refusal = check_extent(h)) return refusal;
  if (auto refusal = check_bits(h)) return refusal;
  if (auto refusal = check_colour(h)) return refusal;
  if (h.encapsulated != is_compressed(h.transfer_syntax)) {
    return bad(h.encapsulated ? "pixel data is encapsulated in an uncompressed transfer syntax"
                              : "pixel data is not encapsulated in a compressed transfer syntax");
  }
  const bool is_deflated = h.transfer_syntax == deflated_frames;
  if (h.encapsulated && !is_deflated && (h.bits_allocated == 1 || h.bits_allocated == 12)) {
    return bad(stated("BitsAllocated", h.bits_allocated) + " in a compressed transfer syntax");
  }
  return check_length(h, max_bytes);
}

}  // namespace radbatch
